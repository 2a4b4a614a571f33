"""`evalx api` reports its live workers only, and nothing about its own machine."""

import json
import os
import shutil
import subprocess
import unittest

from evalx_server import BINARY, clean_environment, main, make_folder, run_evalx, until
from handwritten_jobs import HandWriter
from redis_server import Redis, needs_redis
from roles import Api, Worker

LEASE_SECONDS = 15
# A language that only the api knows, and whose tool does not exist.
NOWHERE = """id = "nowhere"
title = "Nowhere"
endings = [".nowhere"]
source_file = "main.nowhere"
tools = ["/usr/bin/nowhere"]
packages = ["nowhere-tools"]
[run]
argv = ["/usr/bin/nowhere", "{entry}"]
[version]
command = ["/usr/bin/nowhere", "--version"]
pattern = '(.*)'
[self_test]
stdin = "nothing"
source = "nothing"
expected_output = "nothing"
"""


def hello(language="python"):
    return {"language": language, "source": "print(42)\n", "tests": [{"expected_output": "42\n"}]}


class WithNowhere(unittest.TestCase):
    def setUp(self):
        self.folder = make_folder()
        self.addCleanup(shutil.rmtree, self.folder)
        with open(os.path.join(self.folder, "nowhere.toml"), "w", encoding="utf-8") as file:
            file.write(NOWHERE)


class Doctor(WithNowhere):
    def test_in_a_container_the_fix_names_the_build_argument(self):
        # The marker file of podman, in a mount namespace that ends with the command.
        marked = 'mount -t tmpfs none /run && touch /run/.containerenv && exec "$@"'
        done = subprocess.run(["unshare", "--mount", "sh", "-c", marked, "sh", BINARY, "doctor", "--json",
                               "--languages-dir", self.folder, "--data-dir", self.folder + "/data"],
                              capture_output=True, check=True, timeout=60, env=clean_environment())
        mechanisms = {mechanism["name"]: mechanism for mechanism in json.loads(done.stdout)["mechanisms"]}
        self.assertIn("nowhere", mechanisms["languages"]["lost"])
        # It names the first language that is missing, and this machine may lack others.
        self.assertRegex(mechanisms["languages"]["fix"], r"^build the image with [\w ]+ in EVALX_LANGUAGES")


@needs_redis
class Fleet(WithNowhere):
    redis_cli = HandWriter.redis_cli

    def setUp(self):
        super().setUp()
        self.redis = Redis()
        self.addCleanup(self.redis.__exit__)
        self.api = Api(self.redis, "--languages-dir", self.folder)
        self.addCleanup(self.api.__exit__, None, None, None)

    def fleet(self):
        """Numbers of workers and sandboxes in the api's metrics."""
        metrics = self.api.metrics()
        return metrics["evalx_workers"], metrics["evalx_worker_sandboxes"]

    def workers(self):
        """The list that `evalx workers` prints."""
        return json.loads(run_evalx("workers", "--json", "--queue", self.redis.url).stdout)

    def assert_no_worker_is_reported(self):
        for language in self.api.languages().values():
            self.assertFalse(language["available"], language)
            self.assertEqual((language["version"], language["missing"]),
                             ("", "no worker is running: submissions wait for one"))
        capabilities = self.api.get("/v1/capabilities").json()
        self.assertIsNone(capabilities["engine"])
        self.assertEqual(capabilities["mechanisms"], [])

    def test_api_reports_its_live_workers(self):
        self.assertEqual(self.fleet(), (0, 0))
        self.assert_no_worker_is_reported()
        early = self.api.submit(hello())
        self.assertEqual(early.status, 202, "a worker may come later")
        with Worker(self.redis, self.api) as stays:
            until(lambda: self.fleet() == (1, 2), 10, "the api counts the worker")
            self.assertEqual(self.api.result_of(early.json()["token"])["verdict"], "accepted")
            python = self.api.languages()["python"]
            here = [line for line in run_evalx("languages").stdout.splitlines() if line.startswith("python ")]
            self.assertTrue(python["available"], python)
            self.assertIn(python["name"], here[0])
            self.assertIn(python["version"], python["name"])
            self.assert_missing_language_is_refused()
            alone = self.api.get("/v1/capabilities").json()
            self.assertEqual((alone["engine"]["sandbox"], alone["engine"]["queue"]), ("native", "redis"))
            self.assertIn("seccomp", [mechanism["name"] for mechanism in alone["mechanisms"]])
            with Worker(self.redis, self.api) as leaves:
                until(lambda: self.fleet() == (2, 4), 10, "the api counts both workers")
                both = self.api.get("/v1/capabilities").json()
                for name in ("max_concurrent_sandboxes", "memory_budget_mb"):
                    self.assertEqual(both["engine"][name], 2 * alone["engine"][name], name)
                self.assertEqual(both["mechanisms"], alone["mechanisms"])
                self.assert_workers_are_listed(stays, leaves)
                self.assertEqual(leaves.stop(), 0)
                until(lambda: self.fleet() == (1, 2), 5, "a worker that shuts down is removed at once")
            stays.kill()
            self.assertTrue(self.api.languages()["python"]["available"], "its session has not ended yet")
            until(lambda: self.fleet() == (0, 0), LEASE_SECONDS + 7, "a killed worker is removed when its session ends")
            self.assert_no_worker_is_reported()
            self.assertEqual(self.api.submit(hello("nowhere")).status, 202)

    def assert_workers_are_listed(self, *workers):
        listed = self.workers()
        self.assertEqual({one["worker"].split(":")[1] for one in listed}, {str(one.process.pid) for one in workers})
        for one in listed:
            self.assertEqual((one["jobs"], one["announced"]["max_concurrent_sandboxes"]), (0, 2))
            self.assertIn("python", [language["id"] for language in one["announced"]["languages"]])
        table = run_evalx("workers", "--queue", self.redis.url).stdout.splitlines()
        self.assertEqual(table[0].split(), ["worker", "since", "jobs", "sandboxes", "evalX", "languages"])
        self.assertEqual([line.split()[0] for line in table[1:3]], [one["worker"] for one in listed])
        self.assertEqual(table[-1], "2 workers")

    def assert_missing_language_is_refused(self):
        nowhere = self.api.languages()["nowhere"]
        self.assertEqual((nowhere["available"], nowhere["name"], nowhere["version"]), (False, "Nowhere", ""))
        self.assertEqual(nowhere["missing"], "no worker has it; it needs the Debian package nowhere-tools")
        refused = self.api.submit(hello("nowhere"))
        self.assertEqual(refused.status, 422)
        self.assertEqual([fault["field"] for fault in refused.json()["errors"]], ["language"])

    def test_worker_of_an_earlier_release_may_have_any_language(self):
        ends = 4_000_000_000_000_000  # Far ahead, in microseconds.
        self.redis_cli("ZADD", "{evalx}:sessions", str(ends), "earlier:1:1")
        until(lambda: self.fleet() == (1, 0), 10, "the api counts the worker")
        python = self.api.languages()["python"]
        self.assertFalse(python["available"])
        self.assertIn("earlier release", python["missing"])
        self.assertIsNone(self.api.get("/v1/capabilities").json()["engine"])
        self.assertEqual(self.api.submit(hello()).status, 202)
        self.assertEqual(self.workers(), [{"worker": "earlier:1:1", "since": None, "jobs": 0, "announced": None}])

    def test_workers_command_needs_a_shared_queue(self):
        done = run_evalx("workers", "--data-dir", self.folder)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertEqual(done.stderr,
                         "evalx workers: queue is sqlite: its only worker is its server; give --queue redis://HOST:6379/0\n")
        self.assertEqual(run_evalx("workers", "--queue", self.redis.url).stdout, "No workers.\n")


if __name__ == "__main__":
    main()
