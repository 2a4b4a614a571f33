"""Several servers share a queue in Redis: no job is lost when a server or Redis itself is killed."""

import concurrent.futures
import os
import shutil
import threading
import unittest

from evalx_server import Server, main, make_folder, run_evalx, until
from redis_server import Redis, needs_redis

ECHO = {"language": "python", "source": "import time\nnumber = input()\ntime.sleep(0.1)\nprint(number)\n"}


def numbered(number):
    return {**ECHO, "tests": [{"stdin": f"{number}\n", "expected_output": f"{number}\n"}]}


@needs_redis
class Shared(unittest.TestCase):
    COUNT = 40

    def test_another_server_judges_the_jobs_of_a_killed_server(self):
        with Redis() as redis, Server("--queue", redis.url) as kept, Server("--queue", redis.url) as victim:
            tokens = {}
            enough = threading.Event()

            def post(number):
                answer = kept.submit(numbered(number))
                self.assertEqual(answer.status, 202)
                tokens[number] = answer.json()["token"]
                if len(tokens) > self.COUNT // 2:
                    enough.set()

            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                posts = [pool.submit(post, number) for number in range(self.COUNT)]
                self.assertTrue(enough.wait(30))
                victim.kill()
                for done in posts:
                    done.result()
            for number, token in tokens.items():
                result = kept.result_of(token)
                self.assertEqual(result["verdict"], "accepted", (result, kept.log()))
                self.assertEqual(result["tests"][0]["stdout"], f"{number}\n")

    def test_every_server_returns_a_result_and_its_events(self):
        with Redis() as redis, Server("--queue", redis.url) as first, Server("--queue", redis.url) as second:
            for number in range(8):
                token = first.submit(numbered(number)).json()["token"]
                self.assertEqual(second.result_of(token)["verdict"], "accepted")
            self.assertIn(b"event: finished", second.exchange("GET", f"/v1/submissions/{token}/events").body)

    def test_submissions_are_refused_while_redis_is_down(self):
        with Redis() as redis, Server("--queue", redis.url) as server:
            before = server.submit(numbered(1), wait=30).json()
            self.assertEqual(before["verdict"], "accepted")
            redis.kill()
            until(lambda: server.exchange("GET", "/readyz").status == 503, 10, "the server is not ready")
            refused = server.submit(numbered(2))
            self.assertEqual(refused.status, 503)
            self.assertGreaterEqual(int(refused.headers["retry-after"]), 1)
            self.assertEqual(server.exchange("GET", "/healthz").status, 200)
            redis.start()
            until(lambda: server.exchange("GET", "/readyz").status == 200, 30, "the server is ready again")
            self.assertEqual(server.result_of(before["token"])["verdict"], "accepted")
            self.assertEqual(server.submit(numbered(3), wait=60).json()["verdict"], "accepted")


@needs_redis
class Refused(unittest.TestCase):
    def start_on(self, *arguments):
        folder = make_folder()
        try:
            return run_evalx("serve", "--listen", "127.0.0.1:0", "--data-dir", os.path.join(folder, "data"), *arguments,
                             seconds=40)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def test_refuses_a_redis_that_does_not_persist(self):
        with Redis("--appendonly", "no") as redis:
            refused = self.start_on("--queue", redis.url)
            self.assertEqual(refused.returncode, 1)
            self.assertIn("appendonly", refused.stderr)
            with Server("--queue", redis.url, "--durability", "ephemeral") as server:
                self.assertEqual(server.submit(numbered(1), wait=30).json()["verdict"], "accepted")

    def test_refuses_an_invalid_address_without_printing_its_password(self):
        refused = self.start_on("--queue", "redis://:secret@localhost/x")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("Redis address", refused.stderr)
        self.assertNotIn("secret", refused.stderr + refused.stdout)


if __name__ == "__main__":
    main()
