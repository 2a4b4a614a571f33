"""Other processes that touch evalX's cgroups: a second evalX, and a manager that removes groups."""

import glob
import os
import subprocess
import tempfile
import unittest

from evalx_server import BINARY, Server, main
from processes import read

SUM = {"language": "c", "source": '#include <stdio.h>\nint main(void) { puts("42"); return 0; }\n',
       "tests": [{"expected_output": "42"}]}


def launcher_of(server):
    [launcher] = map(int, read(f"/proc/{server.process.pid}/task/{server.process.pid}/children").split())
    return launcher


def groups_of(launcher):
    return glob.glob(f"/sys/fs/cgroup/**/evalx-{launcher}-*", recursive=True)


class Neighbours(unittest.TestCase):
    def test_evalx_in_another_pid_namespace_leaves_the_groups_of_an_idle_server(self):
        with Server() as server, tempfile.TemporaryDirectory() as folder:
            # Without a slot no process is in the server's groups, and any sweep could remove them.
            groups = groups_of(launcher_of(server))
            self.assertNotEqual(groups, [])
            program = os.path.join(folder, "program.py")
            with open(program, "w") as file:
                file.write("print(7)\n")
            second = subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", BINARY, "run", "--quiet", program],
                                    capture_output=True, text=True, timeout=60,
                                    env={**os.environ, "XDG_CACHE_HOME": folder})
            self.assertEqual((second.stdout, second.returncode), ("7\n", 0), second.stderr)
            self.assertEqual(groups_of(launcher_of(server)), groups)
            result = server.submit(SUM, wait=30).json()
            self.assertEqual((result["verdict"], result["attempt"]), ("accepted", 1), result)

    def test_server_exits_when_its_groups_are_removed_and_a_restart_judges_the_job(self):
        with Server() as server:
            for group in groups_of(launcher_of(server)):
                try:
                    os.rmdir(group)
                except OSError as error:
                    self.skipTest(f"with cgroup v2 the launcher is inside: {error}")
            once = {"Idempotency-Key": "once"}
            try:
                server.submit(SUM, headers=once)
            except ConnectionError:
                pass  # The server may end between the commit and the answer.
            self.assertEqual(server.process.wait(20), 1, server.log())
            server.start()
            token = server.submit(SUM, headers=once).json()["token"]
            self.assertEqual(server.result_of(token)["verdict"], "accepted")


if __name__ == "__main__":
    main()
