"""Privileges of each process of a running server, as the kernel reports them: ids, capabilities, filters, open files."""

import os
import re
import unittest

from evalx_server import LONG_LIMITS, Server, main, until
from processes import read, status_of

WAITING = "import time\nprint('started', flush=True)\ntime.sleep(600)\n"

UID_BASE = 2_000_000
NONE = 0
MAPPED_IDS = 2 * 2048 * 3  # Two ids (supervisor, programs) for each slot of each profile.
# linux/capability.h
DAC_OVERRIDE, DAC_READ_SEARCH, SETGID, SETUID = 1 << 1, 1 << 2, 1 << 6, 1 << 7
SYS_CHROOT, SYS_ADMIN = 1 << 18, 1 << 21


def namespace(pid, kind):
    return os.readlink(f"/proc/{pid}/ns/{kind}")


# Evidence of what happens around a slot: for reading alone.
AROUND = re.compile(r"/proc/(stat|loadavg)|/sys/fs/cgroup/.*/(cpu\.stat|pids\.(max|current|events\.local))")


def is_for_reading(pid, fd):
    [flags] = re.findall(r"^flags:\s*(\d+)", read(f"/proc/{pid}/fdinfo/{fd}"), re.MULTILINE)
    return int(flags, 8) & os.O_ACCMODE == os.O_RDONLY


def open_files(pid):
    """Names of the open files, without duplicates; numbers that change each time are replaced by N."""
    folder = f"/proc/{pid}/fd"
    names = {fd: os.readlink(os.path.join(folder, fd)) for fd in os.listdir(folder)}
    return sorted({re.sub(r"\d+", "N", name) for fd, name in names.items()
                   if not (AROUND.fullmatch(name) and is_for_reading(pid, fd))})


def is_ours(name):
    """Whether the launcher or a supervisor may have a file of this name open."""
    return re.fullmatch(r"/dev/null|socket:\[N\]|(net|ipc|uts|mnt):\[N\]|anon_inode:\[(pidfd|eventfd)\]|"
                        r"anon_inode:seccomp notify|/sys/fs/cgroup/.*/evalx-N-\w+(/.*)?|/box|pipe:\[N\]|/memfd:.*|"
                        r"/proc/N/net/sockstat|/proc/sys/kernel/ns_last_pid", name) is not None


class Family:
    """The processes of a server while one program runs."""

    def __init__(self, server):
        self.serve = server.process.pid
        self.launcher = self.find(self.serve, "evalx-launcher")
        self.keeper = self.find(self.launcher, "evalx-keeper")
        self.supervisor = self.find(self.launcher, "evalx-slot")
        self.init = self.find(self.supervisor, "evalx-slot")
        self.program = self.find(self.init, "python3")

    @staticmethod
    def children(pid):
        return [int(child) for thread in os.listdir(f"/proc/{pid}/task")
                for child in read(f"/proc/{pid}/task/{thread}/children").split()]

    @classmethod
    def find(cls, parent, name):
        def look():
            return [pid for pid in cls.children(parent)
                    if read(f"/proc/{pid}/comm").strip().startswith(name)]
        return until(look, 20, f"{name} below {parent}")[0]


class Privileges(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--max-concurrent-sandboxes", "1", "--drain-grace-seconds", "1")
        cls.server.submit({"language": "python", "source": WAITING, "tests": [{}],
                           "limits": LONG_LIMITS})
        cls.addClassCleanup(cls.server.__exit__, None, None, None)
        cls.family = Family(cls.server)

    def assert_rights(self, pid, user, capabilities, seccomp):
        status = status_of(pid)
        self.assertEqual({int(number) for number in status["Uid"].split()}, {user})
        if user == 0 or user >= UID_BASE - 1:
            self.assertEqual({int(number) for number in status["Gid"].split()}, {user})
        self.assertEqual(status["Groups"].split(), [])
        sets = {name: int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}
        self.assertEqual(sets, {"CapInh": NONE, "CapPrm": capabilities, "CapEff": capabilities,
                                "CapBnd": NONE, "CapAmb": NONE})
        self.assertEqual(status["NoNewPrivs"].strip(), "1")
        self.assertEqual(status["Seccomp"].strip(), seccomp)

    def test_serve_runs_without_root_and_without_capabilities(self):
        status = status_of(self.family.serve)
        self.assertNotIn("0", status["Uid"].split() + status["Gid"].split())
        self.assert_rights(self.family.serve, int(status["Uid"].split()[0]), NONE, "0")

    def test_launcher_has_its_own_user_and_three_capabilities_in_its_own_namespace(self):
        self.assert_rights(self.family.launcher, UID_BASE - 1, SETGID | SETUID | SYS_ADMIN, "0")
        for kind in ("user", "net", "ipc", "uts"):
            self.assertNotEqual(namespace(self.family.launcher, kind), namespace("self", kind), kind)
        self.assertEqual(read(f"/proc/{self.family.launcher}/uid_map").split(),
                         ["0", str(UID_BASE - 1), "1", "1", str(UID_BASE), str(MAPPED_IDS)])
        # No other program can read its memory, and it leaves no core dump.
        self.assertEqual(os.stat(f"/proc/{self.family.launcher}/mem").st_uid, 0)
        self.assertEqual(os.readlink(f"/proc/{self.family.launcher}/cwd"), "/")
        self.assertEqual(read(f"/proc/{self.family.launcher}/environ"), "")

    def test_keeper_is_root_with_only_the_capability_to_remove_cgroups(self):
        self.assert_rights(self.family.keeper, 0, DAC_OVERRIDE, "0")

    def test_supervisor_and_init_have_five_capabilities_in_the_slot(self):
        for pid in (self.family.supervisor, self.family.init):
            self.assert_rights(pid, UID_BASE, DAC_READ_SEARCH | SETGID | SETUID | SYS_CHROOT | SYS_ADMIN, "2")
            for kind in ("user", "net", "ipc", "uts", "mnt", "cgroup"):
                self.assertNotEqual(namespace(pid, kind), namespace("self", kind), kind)
        self.assertNotEqual(namespace(self.family.supervisor, "user"), namespace(self.family.launcher, "user"))
        self.assertEqual(os.stat(f"/proc/{self.family.supervisor}/mem").st_uid, 0)

    def test_program_has_no_capability(self):
        self.assert_rights(self.family.program, UID_BASE + 1, NONE, "2")

    def test_each_process_has_only_the_files_open_that_it_needs(self):
        for name in ("launcher", "supervisor", "keeper"):
            pid = getattr(self.family, name)
            with self.subTest(name):
                self.assertEqual([file for file in open_files(pid) if not is_ours(file)], [])
        sockets = {name: {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")
                          if os.readlink(f"/proc/{pid}/fd/{fd}").startswith("socket:")}
                   for name, pid in vars(self.family).items()}
        self.assertEqual(len(sockets["launcher"]), 1, "the connection to its worker")
        self.assertEqual(len(sockets["supervisor"]), 1, "the connection to its worker")
        self.assertEqual(sockets["launcher"] & sockets["supervisor"], set(), "a slot has no access to the launcher's connection")
        self.assertEqual((sockets["keeper"], sockets["program"]), (set(), set()))
        # An interpreter that still starts reads its own files.
        until(lambda: len(os.listdir(f"/proc/{self.family.program}/fd")) == 3, 20, "the program has its three streams alone")


if __name__ == "__main__":
    main()
