"""Several servers share a queue in Redis: none of a killed server's jobs, and none of a killed Redis', is lost."""

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

    def test_a_killed_servers_jobs_are_judged_by_another(self):
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

    def test_a_result_is_told_by_a_server_that_did_not_judge_it(self):
        with Redis() as redis, Server("--queue", redis.url) as first, Server("--queue", redis.url) as second:
            for number in range(8):
                token = first.submit(numbered(number)).json()["token"]
                self.assertEqual(second.result_of(token)["verdict"], "accepted")
            self.assertIn(b"event: finished", second.exchange("GET", f"/v1/submissions/{token}/events").body)

    def test_without_redis_submissions_are_refused_until_it_is_back(self):
        with Redis() as redis, Server("--queue", redis.url) as server:
            before = server.submit(numbered(1), wait=30).json()
            self.assertEqual(before["verdict"], "accepted")
            redis.kill()
            until(lambda: server.exchange("GET", "/readyz").status == 503, 10, "it is not ready")
            refused = server.submit(numbered(2))
            self.assertEqual(refused.status, 503)
            self.assertGreaterEqual(int(refused.headers["retry-after"]), 1)
            self.assertEqual(server.exchange("GET", "/healthz").status, 200)
            redis.start()
            until(lambda: server.exchange("GET", "/readyz").status == 200, 30, "it is ready again")
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

    def test_a_redis_that_forgets(self):
        with Redis("--appendonly", "no") as redis:
            refused = self.start_on("--queue", redis.url)
            self.assertEqual(refused.returncode, 1)
            self.assertIn("appendonly", refused.stderr)
            with Server("--queue", redis.url, "--durability", "ephemeral") as server:
                self.assertEqual(server.submit(numbered(1), wait=30).json()["verdict"], "accepted")

    def test_an_address_that_is_none(self):
        refused = self.start_on("--queue", "redis://:secret@localhost/x")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("Redis address", refused.stderr)
        self.assertNotIn("secret", refused.stderr + refused.stdout)


if __name__ == "__main__":
    main()
