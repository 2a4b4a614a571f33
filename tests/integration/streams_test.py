"""Event streams that are interrupted: restarts, drains, an outage of Redis, old ids, a stream that is gone."""

import signal
import unittest

from event_stream import EventStream, Follower
from evalx_server import Server, main, until
from redis_server import Redis, RedisConnection, needs_redis

TESTS = 60
SLOW = {"language": "python", "source": "import time\ntime.sleep(0.05)\nprint(input())\n",
        "tests": [{"stdin": f"{n}\n", "expected_output": f"{n}\n"} for n in range(TESTS)]}
ONE_AT_A_TIME = ("--max-concurrent-sandboxes", "1")
END = {"state": "done", "verdict": "accepted"}


class Streams(unittest.TestCase):
    def begin(self, server, tests):
        """Follows a new submission until some tests were reported."""
        token = server.submit(SLOW).json()["token"]
        client = Follower()
        with EventStream(server, token) as stream:
            for event in stream:
                client.take([event])
                if len(client.tests) == tests:
                    return token, client
        return self.fail(f"the stream ended after {client.kinds}")

    def expect_all(self, client):
        self.assertEqual(client.indexes(), list(range(TESTS)))
        self.assertEqual((client.kinds[-1], client.end), ("finished", END))

    def expect_gone(self, server, token, client, ids):
        """The stream is no longer in memory: each of `ids` gets everything, and the end id gets nothing."""
        for last in ids:
            late = Follower()
            late.take([(last, "reset", {})])
            self.assertEqual(late.follow(server, token)[0][1], "reset", last)
            self.expect_all(late)
            with EventStream(server, token, late.last) as stream:
                self.assertEqual(stream.response.status, 204)
        with EventStream(server, token, client.last) as stream:
            self.assertEqual(stream.response.status, 204, "it was sent the end")
        fresh = Follower()
        events = fresh.follow(server, token)
        self.assertEqual(events[0][1], "queued")
        self.expect_all(fresh)
        with EventStream(server, token, events[20][0]) as stream:
            self.assertEqual(list(stream), events[21:])

    def test_restart_repeats_no_test_unnoticed_and_the_end_is_always_sent(self):
        for way in (signal.SIGKILL, signal.SIGTERM):
            with self.subTest(way), Server(*ONE_AT_A_TIME, "--drain-grace-seconds", "0") as server:
                token, client = self.begin(server, 5)
                before = client.last
                server.process.send_signal(way)
                server.process.wait(30)
                server.start()
                self.assertEqual(client.follow(server, token)[0][1], "reset")
                self.expect_all(client)
                server.stop()
                server.start()
                self.expect_gone(server, token, client, (before, "1", "703", "1000000000"))


@needs_redis
class SharedStreams(Streams):
    def test_restart_repeats_no_test_unnoticed_and_the_end_is_always_sent(self):
        with Redis() as redis, Server(*ONE_AT_A_TIME, "--drain-grace-seconds", "0", "--queue", redis.url) as server:
            token, client = self.begin(server, 5)
            before = client.last
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(30)
            server.start()
            client.follow(server, token)
            self.expect_all(client)
            with RedisConnection(redis.address) as connection:
                self.assertEqual(connection.run("DEL", "{evalx}:events:" + token), 1)
            self.expect_gone(server, token, client, (before, "1", "703"))

    def test_no_test_is_missing_after_an_outage(self):
        with Redis() as redis, Server(*ONE_AT_A_TIME, "--queue", redis.url) as server:
            token, client = self.begin(server, 5)
            redis.kill()
            until(lambda: server.get("/readyz").status == 503, 10, "the server noticed")
            redis.start()
            while client.end is None:
                until(lambda: server.get("/readyz").status == 200, 30, "Redis is back")
                client.follow(server, token)
            self.expect_all(client)
            self.assertNotIn("reset", client.kinds)


if __name__ == "__main__":
    main()
