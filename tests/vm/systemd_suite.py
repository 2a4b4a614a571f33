"""The shipped unit under systemd as pid 1, inside the machine that `boot --systemd` starts: never on a machine in use.

    boot --systemd /usr/bin/env EVALX_BINARY=… /usr/bin/python3 -B systemd_suite.py [Class[.test] …]
"""

import glob
import os
import subprocess
import sys
import time
import unittest

from enclosing_limits import EnclosingLimits, LimitsAtTheStart  # noqa: F401
from ordinary_user import OrdinaryUser  # noqa: F401
from shipped_unit import (CLEAN, GROUP, INSTALLED, SUM, UnitTest, install, judged, main_pid, request, run, start, until,
                          wait_until_ready)
from trouble import Killed, Trouble  # noqa: F401


def in_root_group(*command):
    """The command in a pid namespace of its own and in the root of all groups, as in two containers that see one tree."""
    return ["/bin/sh", "-c", 'echo $$ > /sys/fs/cgroup/cgroup.procs && exec unshare --pid --fork --mount-proc "$@"', "sh",
            INSTALLED, *command]


class Neighbour:
    """An `evalx serve` in a pid namespace of its own, beside the unit. Its groups are in the root of all groups."""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            in_root_group("serve", "--listen", f"127.0.0.1:{port}", "--data-dir", f"/var/lib/evalx-{port}"),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=CLEAN)

    def __enter__(self):
        wait_until_ready(self.url)
        return self

    def __exit__(self, *_):
        # unshare ignores SIGTERM while it waits; its child is the server.
        run("pkill", "-TERM", "-P", str(self.process.pid), check=False)
        self.process.wait(60)


class ShippedUnit(UnitTest):
    settings = ()

    def test_judges_without_root(self):
        self.expect(SUM)
        pid = main_pid()
        with open(f"/proc/{pid}/status") as file:
            status = dict(line.split(":\t", 1) for line in file if ":\t" in line)
        self.assertNotIn("0", status["Uid"].split())
        self.assertEqual(status["CapPrm"].strip(), "0" * 16)

    def test_removed_groups_end_the_server_and_systemd_starts_it_again(self):
        pid = main_pid()
        judged(SUM)
        for group in sorted(glob.glob(GROUP + "/evalx-*/**/", recursive=True), key=len, reverse=True):
            if "evalx-main" not in group:
                # cgroup v2: processes inside forbid rmdir, so they are killed, as a manager would.
                try:
                    with open(group + "cgroup.kill", "w") as file:
                        file.write("1")
                    end = time.monotonic() + 20
                    while time.monotonic() < end:
                        try:
                            os.rmdir(group)
                            break
                        except OSError:
                            time.sleep(0.1)
                except FileNotFoundError:
                    pass
        request("/v1/submissions", SUM)
        until(lambda: main_pid() not in (0, pid), "systemd starts the server again")
        wait_until_ready()
        self.expect(SUM)


class Neighbours(unittest.TestCase):
    def test_servers_in_pid_namespaces_of_their_own_do_not_share_a_group(self):
        # Both launchers have the same number, each in its namespace.
        with Neighbour(2360) as first, Neighbour(2361) as second:
            self.assertEqual(len(glob.glob("/sys/fs/cgroup/evalx-[0-9]*")), 2)
            for url in (first.url, second.url, first.url):
                result = judged(SUM, url)
                self.assertEqual((result["verdict"], result["attempt"]), ("accepted", 1), (url, result))
            self.run_a_command_beside(first)

    def run_a_command_beside(self, server):
        """`evalx run` in another pid namespace leaves the groups of an idle server."""
        with open("/tmp/program.sh", "w") as file:
            file.write("echo 7\n")
        groups = set(glob.glob("/sys/fs/cgroup/evalx-[0-9]*"))
        done = run(*in_root_group("run", "--quiet", "--cpu-time", "20s", "--wall-time", "60s", "/tmp/program.sh"),
                   env={**CLEAN, "XDG_CACHE_HOME": "/tmp/cache"}, check=False)
        self.assertEqual((done.stdout, done.returncode), ("7\n", 0), done.stderr)
        self.assertEqual(groups - set(glob.glob("/sys/fs/cgroup/evalx-[0-9]*")), set())
        result = judged(SUM, server.url)
        self.assertEqual((result["verdict"], result["attempt"]), ("accepted", 1), result)


if __name__ == "__main__":
    with open("/proc/cmdline") as cmdline:
        if "evalx.vm=1" not in cmdline.read().split():
            sys.exit("systemd_suite: runs only inside the machine that tests/vm/boot starts")
    install()
    unittest.main(verbosity=2, failfast="EVALX_VM_KEEP_GOING" not in os.environ)
