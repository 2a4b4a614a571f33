"""`artifact_share = redis`: workers share compiled programs, and ignore damaged ones."""

import unittest

from evalx_server import main, run_evalx, until
from redis_server import Redis, RedisConnection, needs_redis
from roles import Api, Worker

SHARED = ("--artifact-share", "redis")


def program(text):
    return {"language": "c", "source": f'#include <stdio.h>\nint main(void) {{ puts("{text}"); return 0; }}\n',
            "tests": [{"expected_output": f"{text}\n"}]}


def ask(redis, *words):
    """Sends one command; strings hold one byte per character."""
    with RedisConnection(redis.address, encoding="latin-1") as connection:
        return connection.run(*words)


def cache(worker, event):
    return worker.metrics()[f'evalx_artifact_cache_total{{result="{event}"}}']


@needs_redis
class Sharing(unittest.TestCase):
    def setUp(self):
        self.redis = self.enter(Redis())
        self.api = self.enter(Api(self.redis))
        self.workers = [self.enter(Worker(self.redis, self.api, *SHARED)) for _ in range(2)]
        until(lambda: len(self.clients()) == len(self.workers), 20, "the workers can share")

    def enter(self, server):
        self.addCleanup(server.__exit__, None, None, None)
        return server.__enter__()

    def clients(self):
        lines = ask(self.redis, "CLIENT", "LIST").splitlines()
        return [line for line in lines if "name=evalx-artifacts" in line]

    def total(self, event):
        return sum(cache(worker, event) for worker in self.workers)

    def judge(self, document):
        token = self.api.submit(document).json()["token"]
        result = self.api.result_of(token)
        self.assertEqual(result["verdict"], "accepted", result)
        return result["compile"]

    def judge_until_both_missed(self, document):
        """Submits until each worker had a cache miss; returns the compile reports."""
        reports = []

        def both_missed():
            tokens = [self.api.submit(document).json()["token"] for _ in range(4)]
            results = [self.api.result_of(token) for token in tokens]
            self.assertEqual({result["verdict"] for result in results}, {"accepted"}, results)
            reports.extend(result["compile"] for result in results)
            return all(cache(worker, "miss") == 1 for worker in self.workers)

        until(both_missed, 60, "both workers judged the program")
        return reports

    def test_two_workers_compile_a_program_once(self):
        reports = self.judge_until_both_missed(program("once"))
        self.assertEqual([report["cached"] for report in reports].count(False), 1)
        self.assertEqual(len({report["cpu_time_ms"] for report in reports}), 1, "each has the report of the one compile")
        until(lambda: self.total("shared_put") == 1, 5, "the artifact is shared")
        self.assertEqual((self.total("miss"), self.total("shared_hit"), self.total("broken")), (2, 1, 0))

    def test_corrupted_artifact_is_compiled_again(self):
        document = program("sound")
        self.assertFalse(self.judge(document)["cached"])
        until(lambda: self.total("shared_put") == 1, 5, "the artifact is shared")
        (name,) = ask(self.redis, "KEYS", "{evalx}:artifact:*")
        value = bytearray(ask(self.redis, "GET", name).encode("latin-1"))
        value[value.index(b"sound")] ^= 1  # Running it would print something else.
        ask(self.redis, "SET", name, value.decode("latin-1"))
        reports = self.judge_until_both_missed(document)
        self.assertEqual([report["cached"] for report in reports].count(False), 1)
        self.assertEqual((self.total("broken"), self.total("shared_hit")), (1, 0))
        until(lambda: self.total("shared_put") == 2, 5, "the intact artifact is shared")


class Refused(unittest.TestCase):
    def test_refuses_to_share_without_redis(self):
        done = run_evalx("serve", "--listen", "127.0.0.1:0", "--data-dir", "/nowhere", *SHARED)
        self.assertEqual(done.returncode, 2, done)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn("--queue redis://", done.stderr)


if __name__ == "__main__":
    main()
