"""The replies of Redis to accepted submissions are lost on the way: no client is refused as if nothing was stored."""

import os
import sys
import unittest

from evalx_server import Server, main, until
from redis_server import Redis, needs_redis

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "fault"))
from proxy import Proxy  # noqa: E402

DOCUMENT = {"language": "python", "source": "print(1)\n", "tests": [{}]}
SUBMISSIONS = 12


@needs_redis
class LostReplies(unittest.TestCase):
    def test_a_lost_reply_is_no_refusal(self):
        with Redis() as redis, Proxy(redis.address) as proxy, Server("--queue", proxy.url) as server:
            tokens = set()
            for number in range(SUBMISSIONS):
                rule = proxy.rule("accept", "drop")
                headers = {"Idempotency-Key": f"key-{number}"} if number % 2 else {}
                answer = server.submit(DOCUMENT, headers=headers)
                self.assertEqual((answer.status, rule.fired), (202, 1), answer.body)
                self.assertNotIn("idempotency-replayed", answer.headers)
                tokens.add(answer.json()["token"])
            for token in tokens:
                self.assertEqual(server.result_of(token)["verdict"], "accepted")
            self.assertEqual(len(tokens), SUBMISSIONS)
            self.assertEqual(server.metrics()['evalx_jobs_total{event="accepted"}'], SUBMISSIONS)
            self.assertEqual(server.metrics()["evalx_attempts_total"], SUBMISSIONS, "each ran once")

    def test_an_unknown_outcome_is_named(self):
        with Redis() as redis, Proxy(redis.address) as proxy, Server("--queue", proxy.url) as server:
            rule = proxy.rule("accept", "drop")
            rule.then = proxy.cut
            answer = server.submit(DOCUMENT, headers={"Idempotency-Key": "key"})
            self.assertEqual((answer.status, answer.json()["code"]), (503, "outcome_unknown"))
            self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)
            self.assertEqual(server.submit(DOCUMENT).json()["code"], "queue_unavailable")
            proxy.mend()
            until(lambda: server.get("/readyz").status == 200, 20, "Redis is back")
            again = server.submit(DOCUMENT, headers={"Idempotency-Key": "key"})
            self.assertEqual(again.headers["idempotency-replayed"], "true", "it was stored")
            self.assertEqual(server.result_of(again.json()["token"])["verdict"], "accepted")
            self.assertEqual(server.metrics()["evalx_attempts_total"], 1)


if __name__ == "__main__":
    main()
