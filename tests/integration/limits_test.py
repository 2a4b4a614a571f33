"""The limits of a container: a machine's trouble is never a program's verdict."""

import subprocess
import time
import unittest

from control_groups import Group
from evalx_server import BINARY, Server, clean_environment, main, until
from processes import read

MIB = 1 << 20
QUOTA = {"cpu.cfs_quota_us": "30000"}
SMALL = {"language": "python", "source": "import time\ntime.sleep(4)\nprint(42)\n",
         "tests": [{"expected_output": "42"}], "limits": {"wall_time_ms": 20000}}


class Confined(Server):
    """A server inside a group."""

    def __init__(self, group, *arguments, **more):
        self.before_exec = group.enter
        super().__init__(*arguments, **more)


def memory_group(mib):
    """Also without swap, where the kernel counts it."""
    return Group("evalx-test-memory", {"memory.limit_in_bytes": str(mib * MIB)})


def name_of(pid):
    return read(f"/proc/{pid}/comm").strip()


def tree_of(pid):
    """The process and its children."""
    return [pid, *map(int, read(f"/proc/{pid}/task/{pid}/children").split())]


class Limits(unittest.TestCase):
    def await_repetition(self, server):
        until(lambda: " is repeated" in server.log(), 60, "a disturbed run is repeated")

    def test_a_neighbour_that_fills_the_enclosing_group_gives_no_memory_limit(self):
        with memory_group(1200) as group, Confined(group, "--max-concurrent-sandboxes", "2",
                                                   "--memory-budget-mb", "4096") as server:
            group.write("memory.limit_in_bytes", str(300 * MIB))  # The server still offers what was there.
            hog = {"language": "python", "tests": [{}], "limits": {"memory_kb": 900 * 1024},
                   "source": "b = bytearray(600 << 20)\nfor i in range(0, len(b), 4096): b[i] = 1\n"}
            small = server.submit(SMALL).json()["token"]
            noise = server.submit(hog).json()["token"]
            result = server.result_of(small, 60)
            self.assertEqual(result["verdict"], "accepted", result)
            server.request("DELETE", f"/v1/submissions/{noise}")

    def test_a_compiler_without_memory_in_the_enclosing_group_is_no_compile_error(self):
        # Two million numbers: the compiler takes 230 MiB of memory that the kernel cannot read again from a file. In a group
        # that is too small for its files alone it would not fail, but use the disk without end.
        numbers = "#define A 1,1,1,1,1,1,1,1,1,1,\n" + "".join(f"#define {name} {10 * (before + ' ')}\n"
                                                               for before, name in zip("ABCDE", "BCDEF"))
        with memory_group(150) as group, Confined(group) as server:
            source = numbers + "int a[] = {F F 1};\nint main(void) { return a[0] - 1; }\n"
            token = server.submit({"language": "c", "source": source, "tests": [{}]}).json()["token"]
            self.await_repetition(server)
            group.write("memory.limit_in_bytes", str(900 * MIB))
            self.assertEqual(server.result_of(token)["verdict"], "accepted")

    def test_a_full_process_limit_of_the_enclosing_group_is_no_compile_error(self):
        with Group("evalx-test-pids", {"pids.max": "max"}) as group, Confined(group) as server:
            self.assertEqual(server.judge("c", "int main(void) { return 0; }\n")["verdict"], "accepted")
            group.write("pids.max", str(int(group.read("pids.current")) + 3))
            token = server.submit({"language": "c", "source": "int main(void) { return 1 - 1; }\n",
                                   "tests": [{}]}).json()["token"]
            self.await_repetition(server)  # gcc itself tries for 15 s.
            group.write("pids.max", "max")
            self.assertEqual(server.result_of(token)["verdict"], "accepted")

    def test_a_full_process_limit_of_the_enclosing_group_is_no_runtime_error(self):
        with Group("evalx-test-pids", {"pids.max": "max"}) as group, Confined(group) as server:
            fork = {"language": "python", "tests": [{"expected_output": "42"}],
                    "source": "import os\nfor i in range(6):\n    if os.fork() == 0:\n"
                              "        import time; time.sleep(0.2); os._exit(0)\nprint(42)\n"}
            self.assertEqual(server.submit(fork, wait=30).json()["verdict"], "accepted")
            group.write("pids.max", str(int(group.read("pids.current")) + 5))
            token = server.submit(fork).json()["token"]
            self.await_repetition(server)
            group.write("pids.max", "max")
            self.assertEqual(server.result_of(token)["verdict"], "accepted")

    def test_a_program_that_fills_its_own_limits_gets_its_verdict(self):
        with memory_group(600) as group, Confined(group) as server:
            source = "b = bytearray(600 << 20)\nfor i in range(0, len(b), 4096): b[i] = 1\n"
            result = server.judge("python", source, limits={"memory_kb": 64 * 1024})
            self.assertEqual((result["verdict"], result["attempt"]), ("memory_limit", 1), result)

    def test_offers_are_what_the_enclosing_groups_leave(self):
        limits = {"memory.limit_in_bytes": str(300 * MIB), "pids.max": "200", "cpu.cfs_quota_us": "30000"}
        with Group("evalx-test-room", limits) as group, Confined(group) as server:
            offer = server.get("/v1/capabilities").json()
            self.assertEqual(offer["engine"]["max_concurrent_sandboxes"], 1)
            self.assertLess(offer["engine"]["memory_budget_mb"], 300)
            self.assertLess(offer["limits"]["memory_kb"]["maximum"], 300 * 1024)
            self.assertLess(offer["limits"]["processes"]["maximum"], 200)
            self.assertLessEqual(offer["limits"]["memory_kb"]["default"], offer["limits"]["memory_kb"]["maximum"])
            large = {"language": "python", "source": "print(1)\n", "tests": [{}], "limits": {"memory_kb": 400 * 1024}}
            refusal = server.submit(large)
            self.assertEqual(refusal.status, 422, refusal.body)
            self.assertIn("memory_kb", refusal.body.decode())

    def test_doctor_lists_each_limit(self):
        with memory_group(300) as group:
            done = subprocess.run([BINARY, "doctor", "--json"], preexec_fn=group.enter, capture_output=True, text=True,
                                  timeout=60, check=False, env=clean_environment())
            self.assertIn("300 MiB", done.stdout)
            self.assertIn("memory.limit_in_bytes", done.stdout)

    def test_the_kernel_kills_programs_before_the_server(self):
        with Server() as server:
            own = server.judge("python", "print(open('/proc/self/oom_score_adj').read())\n")
            self.assertEqual(own["tests"][0]["stdout"].strip(), "1000", own)
            for pid in tree_of(server.process.pid):
                self.assertLess(int(read(f"/proc/{pid}/oom_score_adj")), 1000, name_of(pid))

    def test_a_program_cannot_come_after_its_launcher(self):
        with Server() as server:
            scores = {name_of(pid): int(read(f"/proc/{pid}/oom_score_adj")) for pid in tree_of(server.process.pid)}
            launcher = scores.pop("evalx-launcher")
            if launcher in scores.values():
                self.skipTest("no CAP_SYS_RESOURCE: then a launcher keeps the value of its server")
            lower = server.judge("python", "import os\n"
                                 "file = os.open('/proc/self/oom_score_adj', os.O_WRONLY)\n"
                                 f"os.write(file, b'{launcher - 1}')\n")
            self.assertEqual(lower["verdict"], "runtime_error", lower)
            self.assertIn("PermissionError", lower["tests"][0]["stderr"])

    def test_a_quota_extends_the_wall_limit(self):
        with Group("evalx-test-quota", QUOTA) as group, Confined(group, "--max-concurrent-sandboxes", "2") as server:
            burn = {"language": "python", "tests": [{"expected_output": "42"}], "limits": {"wall_time_ms": 1500},
                    "source": "import time\nwhile time.process_time() < 0.4: pass\nprint(42)\n"}
            tokens = [server.submit(burn).json()["token"] for _ in range(2)]
            for token in tokens:
                result = server.result_of(token)
                self.assertEqual((result["verdict"], result["attempt"]), ("accepted", 1), result)

    def test_a_quota_gives_a_sleeper_no_more_time(self):
        with Group("evalx-test-quota", QUOTA) as group, Confined(group, "--max-concurrent-sandboxes", "2") as server:
            burn = {"language": "python", "source": "while True: pass\n", "tests": [{}],
                    "limits": {"wall_time_ms": 20000, "cpu_time_ms": 20000}}
            sleep = {"language": "python", "source": "import time\ntime.sleep(60)\n", "tests": [{}],
                     "limits": {"wall_time_ms": 1500}}
            noise = server.submit(burn).json()["token"]
            result = server.submit(sleep, wait=30).json()
            self.assertEqual((result["verdict"], result["attempt"]), ("wall_limit", 1), result)
            self.assertLess(result["timing_ms"]["run"], 4500, result)
            server.request("DELETE", f"/v1/submissions/{noise}")

    def test_a_frozen_container_extends_the_wall_limit(self):
        with Group("evalx-test-freezer", {"freezer.state": "THAWED"}) as group, Confined(group) as server:
            alone = len(group.members())
            nap = {"language": "python", "source": "import time\nprint(42, flush=True)\ntime.sleep(0.5)\n",
                   "tests": [{"expected_output": "42"}], "limits": {"wall_time_ms": 1000}}
            self.assertEqual(server.submit(nap, wait=30).json()["verdict"], "accepted")
            until(lambda: len(group.members()) > alone, 30, "the slot is there")
            idle = len(group.members())
            token = server.submit(nap).json()["token"]
            until(lambda: len(group.members()) > idle, 30, "the program runs")
            try:
                group.write("freezer.state", "FROZEN")
                until(lambda: group.read("freezer.state") == "FROZEN", 30, "all are frozen")
                time.sleep(1.5)  # The length of the freeze, which is under test.
            finally:
                group.write("freezer.state", "THAWED")
            result = server.result_of(token)
            self.assertEqual((result["verdict"], result["attempt"]), ("accepted", 1), result)
            self.assertLess(result["tests"][0]["wall_time_ms"], 1000, "lost time is counted as the program's")


if __name__ == "__main__":
    main()
