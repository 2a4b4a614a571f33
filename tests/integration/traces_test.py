"""A stopped server leaves nothing on the host: no process, no cgroup, no mount, no file outside its directory."""

import os
import unittest

from evalx_server import LONG_LIMITS, Server, main, until
from processes import read

FORKING = """
import os, subprocess, time
for _ in range(4):
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
print("started", flush=True)
time.sleep(600)
"""


def start_time(pid):
    """Start time of a process, which differs from that of a later process with the same pid; None if it has ended."""
    try:
        return read(f"/proc/{pid}/stat").rsplit(")", 1)[1].split()[19]
    except OSError:
        return None


def descendants(pid):
    """{pid: start time} of all descendants of a process."""
    found = {}
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return found
    for thread in threads:
        try:
            children = read(f"/proc/{pid}/task/{thread}/children").split()
        except OSError:
            continue
        for child in map(int, children):
            found[child] = start_time(child)
            found.update(descendants(child))
    return found


def our_groups(pids):
    """The cgroup directories named after one of the processes."""
    wanted = tuple(f"evalx-{pid}-" for pid in pids)
    return [os.path.join(folder, name) for folder, names, _ in os.walk("/sys/fs/cgroup")
            for name in names if name.startswith(wanted)]


def mounts():
    """Mount points of the host, without the numbers that change."""
    return sorted(line.split()[4] for line in read("/proc/self/mountinfo").splitlines())


class Traces(unittest.TestCase):
    def run_server_until(self, end):
        """Runs a program that forks, stops the server with `end`, and expects that nothing is left."""
        before = mounts()
        with Server("--drain-grace-seconds", "1") as server:
            document = {"language": "python", "source": FORKING, "tests": [{}, {}], "limits": LONG_LIMITS}
            server.submit(document)
            until(lambda: len(descendants(server.process.pid)) >= 10, 20, "the programs have forked")
            family = {**descendants(server.process.pid), server.process.pid: start_time(server.process.pid)}
            groups = our_groups(family)
            self.assertNotEqual(groups, [], "the runs have cgroups")
            end(server)
            until(lambda: not [pid for pid, time in family.items() if time and start_time(pid) == time], 10,
                  "every process is gone")
            until(lambda: not our_groups(family), 10, "every cgroup is gone")
            self.assertEqual(mounts(), before)

    def test_sigterm_leaves_nothing_on_the_host(self):
        self.run_server_until(lambda server: self.assertEqual(server.stop(), 0))

    def test_kill_9_leaves_nothing_on_the_host(self):
        self.run_server_until(lambda server: server.kill())

    def test_server_writes_only_into_its_data_directory(self):
        with Server() as server:
            server.judge("c", "int main(void) { return 0; }\n")
            self.assertEqual(sorted(os.listdir(server.folder)), ["data", "log"])


if __name__ == "__main__":
    main()
