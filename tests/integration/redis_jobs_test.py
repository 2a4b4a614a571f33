"""Jobs written to Redis by hand: a valid job is judged, any other is a dead letter with the reason."""

import unittest

from evalx_server import main, until
from handwritten_jobs import FIELDS, GOOD, HandWriter
from redis_server import needs_redis


def without(document, *names):
    return {name: value for name, value in document.items() if name not in names}


@needs_redis
class ByHand(HandWriter, unittest.TestCase):
    def expect_dead(self, token, kind, reason, attempts):
        result = self.server.result_of(token)
        self.assertEqual(result["verdict"], "internal_error", self.server.log())
        self.assertIn(reason, result["message"])
        state, attempt, failures = self.redis_cli("HMGET", "{evalx}:job:" + token, "state", "attempt",
                                                  "failures").splitlines()
        self.assertEqual((state, attempt), ("4", str(attempts)))
        last = self.redis_cli("HGET", "{evalx}:job:" + token, f"failure{int(failures) - 1}")
        self.assertEqual(last.split(" ")[2], kind)
        self.assertIn(reason, last)
        self.assertIsNotNone(self.redis_cli("ZSCORE", "{evalx}:dead", token))

    def test_valid_job_is_judged(self):
        for document in (GOOD, {**GOOD, "version": 1}):
            result = self.server.result_of(self.write(document))
            self.assertEqual(result["verdict"], "accepted", (result, self.server.log()))

    def test_job_that_no_worker_can_judge_is_dead_at_once(self):
        rows = [
            ("no JSON", "cannot be read"),
            (without(GOOD, "language"), "language is required"),
            (without(GOOD, "source"), "source is required"),
            (without(GOOD, "tests"), "tests is required"),
            ({**GOOD, "language": "klingon"}, "unknown language klingon"),
            ({**GOOD, "version": 0}, "version"),
            ({**GOOD, "version": "new"}, "version"),
            ({**GOOD, "limits": {"cpu_time_ms": 10**9}}, "limits.cpu_time_ms"),
            ({**GOOD, "limits": {"memory_kb": 10**9}}, "limits.memory_kb"),
            ({**GOOD, "limits": {"processes": 10**6}}, "limits.processes"),
        ]
        for spec, reason in rows:
            with self.subTest(reason):
                self.expect_dead(self.write(spec), "rejected", reason, 1)

    def test_job_of_a_newer_release_is_dead_after_three_attempts(self):
        token = self.write({**GOOD, "version": 99}, {**FIELDS, "attempt": 2})  # Before this one are minutes.
        self.expect_dead(token, "fault", "version is 99, and this evalx reads up to 3", 3)

    def test_job_of_a_newer_release_waits_for_a_worker_that_reads_it(self):
        token = self.write({**GOOD, "version": 99})
        job = "{evalx}:job:" + token
        until(lambda: self.redis_cli("HGET", job, "failed_on"), 20, "its first attempt failed")
        now = int(self.redis_cli("TIME").split()[0])
        self.assertGreater(int(self.redis_cli("HGET", job, "not_before")) / 1e6, now + 3)
        self.assertEqual(self.server.get("/readyz").json()["reasons"], [], "the fault is not the worker's")

    def test_job_without_a_field_is_dead_and_does_not_block_others(self):
        tokens = {name: self.write(GOOD, without(FIELDS, name)) for name in without(FIELDS, "accepted_at")}
        without_spec = self.write(None)
        self.assertEqual(self.server.judge("python", GOOD["source"], GOOD["tests"])["verdict"], "accepted")
        for name, token in tokens.items():
            with self.subTest(name):
                self.expect_dead(token, "damaged", f"the field {name} is missing", 0)
        self.expect_dead(without_spec, "damaged", "the spec is missing", 0)


if __name__ == "__main__":
    main()
