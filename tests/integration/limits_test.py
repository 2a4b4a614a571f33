"""The limits of a container: a machine's trouble is never a program's verdict."""

import unittest

from control_groups import Group
from evalx_server import Server, main, until

MIB = 1 << 20
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


class Limits(unittest.TestCase):
    def await_repetition(self, server):
        until(lambda: " is repeated" in server.log(), 60, "a disturbed run is repeated")

    def test_a_neighbour_that_fills_the_enclosing_group_gives_no_memory_limit(self):
        with memory_group(300) as group, Confined(group, "--max-concurrent-sandboxes", "2",
                                                  "--memory-budget-mb", "4096") as server:
            hog = {"language": "python", "tests": [{}], "limits": {"memory_kb": 2048 * 1024},
                   "source": "import time\nb = bytearray(600 << 20)\nfor i in range(0, len(b), 4096): b[i] = 1\n"}
            small = server.submit(SMALL).json()["token"]
            noise = server.submit(hog).json()["token"]
            result = server.result_of(small, 60)
            self.assertEqual(result["verdict"], "accepted", result)
            server.request("DELETE", f"/v1/submissions/{noise}")

    def test_a_compiler_without_memory_in_the_enclosing_group_is_no_compile_error(self):
        with memory_group(90) as group, Confined(group) as server:
            source = "#include <bits/stdc++.h>\nint main() { std::map<int, std::string> m; m[1] = \"a\"; }\n"
            token = server.submit({"language": "cpp", "source": source, "tests": [{}]}).json()["token"]
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


if __name__ == "__main__":
    main()
