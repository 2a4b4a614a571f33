"""A worker whose runs all fail takes no submissions, and takes them again once a self-test passes."""

import os
import re
import unittest

from evalx_server import Server, main, until
from processes import descendants_of, read
from redis_server import Redis, needs_redis
from roles import Api, Worker

SELF_TEST_SECONDS = 60  # A failed one, the pause of five seconds after it, and one that passes, on a busy machine.


def group_of(server):
    """The folder of the server's own cgroup, in the hierarchy that has the controller pids."""
    mounts = [line.split() for line in read("/proc/self/mounts").splitlines()]
    root = next((m[1] for m in mounts if m[2] == "cgroup" and "pids" in m[3].split(",")), None) or \
        next(m[1] for m in mounts if m[2] == "cgroup2")
    for pid in descendants_of(server.process.pid):
        found = re.search(r":(?:pids)?:(/(?:.*/)?evalx-[^/\n]+)", read(f"/proc/{pid}/cgroup"))
        if found:
            return root + found[1]
    raise AssertionError("no process of the server is in a cgroup of its own")


def limit_processes(group, limit):
    """With 0, no sandbox of the group can start a process."""
    with open(os.path.join(group, "pids.max"), "w", encoding="ascii") as file:
        file.write(limit)


def reasons(server):
    return server.get("/readyz").json()["reasons"]


def program(number):
    return {"language": "c", "source": f'#include <stdio.h>\nint main(void) {{ puts("{number}"); return 0; }}\n',
            "tests": [{"expected_output": f"{number}\n"}]}


class Fitness(unittest.TestCase):
    def expect_all_accepted(self, server, tokens):
        results = [server.result_of(token) for token in tokens]
        self.assertEqual({result["verdict"] for result in results}, {"accepted"}, results)
        return results

    @needs_redis
    def test_broken_worker_leaves_all_jobs_to_the_others(self):
        with Redis() as redis, Api(redis) as api, Worker(redis, api) as broken:
            self.expect_all_accepted(api, [api.submit(program("first")).json()["token"]])
            limit_processes(group_of(broken), "0")
            with Worker(redis, api) as sound:
                self.expect_the_sound_one_judges(api, broken, sound)

    def expect_the_sound_one_judges(self, api, broken, sound):
        tokens = [api.submit(program(number)).json()["token"] for number in range(60)]
        results = self.expect_all_accepted(api, tokens)
        self.assertLessEqual(max(result["attempt"] for result in results), 2)
        [reason] = until(lambda: reasons(broken), SELF_TEST_SECONDS, "the broken worker is not ready")
        self.assertRegex(reason, "cannot run programs: .*Resource temporarily unavailable; it takes no jobs")
        self.assertIn("this worker cannot run programs", broken.log())
        self.assertEqual(broken.metrics()["evalx_worker_unfit"], 1)
        self.assertGreaterEqual(broken.metrics()['evalx_self_tests_total{result="failed"}'], 1)
        attempts = broken.metrics()["evalx_attempts_total"]
        self.assertLess(attempts, 14, "it holds at most four, and takes none during a self-test")
        self.expect_all_accepted(api, [api.submit(program(f"later {n}")).json()["token"] for n in range(10)])
        self.assertEqual(broken.metrics()["evalx_attempts_total"], attempts)
        self.assertEqual((reasons(sound), sound.metrics()["evalx_worker_unfit"]), ([], 0))

    def test_broken_server_keeps_its_jobs_and_judges_them_later(self):
        with Server("--max-concurrent-sandboxes", "2") as server:
            self.expect_all_accepted(server, [server.submit(program("first")).json()["token"]])
            group = group_of(server)
            limit_processes(group, "0")
            tokens = [server.submit(program(number)).json()["token"] for number in range(20)]
            until(lambda: reasons(server), SELF_TEST_SECONDS, "the server is not ready")
            attempts = server.metrics()["evalx_attempts_total"]
            self.assertLess(attempts, 14)
            def documents():
                return [server.get(f"/v1/submissions/{token}").json() for token in tokens]

            until(lambda: {document["status"] for document in documents()} == {"queued"}, 20, "what it held is queued again")
            self.assertLessEqual(max(document["attempt"] for document in documents()), 1)
            limit_processes(group, "max")
            until(lambda: not reasons(server), SELF_TEST_SECONDS, "the server is ready again")
            self.expect_all_accepted(server, tokens)
            self.assertEqual(server.metrics()["evalx_dead_letters_total"], 0)
            self.assertEqual(server.metrics()['evalx_self_tests_total{result="passed"}'], 1)


if __name__ == "__main__":
    main()
