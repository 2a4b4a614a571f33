"""`evalx run` by an ordinary user below its own systemd, for systemd_suite.py."""

import glob
import os
import unittest

from shipped_unit import CLEAN, INSTALLED, read, run, until

USER = "ordinary"
UID = 1500
HOME = f"/tmp/{USER}"
RUNTIME = f"/run/user/{UID}"
SERVICE = f"user@{UID}.service"
SLICE = f"/sys/fs/cgroup/user.slice/user-{UID}.slice/{SERVICE}"
CURE = "systemd-run --user --scope -p Delegate=yes"
RUN = f"{INSTALLED} run --cpu-time 20s --wall-time 60s {HOME}/program.sh"
# A shell that is in the scope too, as a terminal's would be.
FROM_A_SHELL = f"cat /proc/self/cgroup > {HOME}/before; {RUN}; code=$?; cat /proc/self/cgroup > {HOME}/after; exit $code"


def in_scope(properties, command):
    """Bash in a scope. From a group of the user, as it would be after a login, its systemd may move it there."""
    environment = {**CLEAN, "XDG_RUNTIME_DIR": RUNTIME, "HOME": HOME, "USER": USER}
    options = [word for name in properties for word in ("-p", name)]
    return run("/bin/sh", "-c", f'echo $$ > {SLICE}/init.scope/cgroup.procs && exec "$@"', "sh",
               "setpriv", f"--reuid={UID}", f"--regid={UID}", "--init-groups",
               "systemd-run", "--user", "--scope", "--quiet", *options, "/bin/bash", "-c", command,
               check=False, env=environment, cwd=HOME)


def groups():
    return glob.glob(SLICE + "/**/evalx-*", recursive=True)


def make_user():
    """Its systemd without a login: no PAM, no logind."""
    run("useradd", "--uid", str(UID), "--no-create-home", "--home-dir", HOME, USER, check=False)
    for folder in (HOME, RUNTIME):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        os.chown(folder, UID, UID)
    units = "/etc/systemd/system/"
    with open(f"{units}/user-runtime-dir@.service", "w") as file:
        file.write("[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n")
    os.makedirs(f"{units}/user@.service.d", exist_ok=True)
    with open(f"{units}/user@.service.d/test.conf", "w") as file:
        file.write(f"[Service]\nPAMName=\nEnvironment=XDG_RUNTIME_DIR={RUNTIME}\n")
    run("systemctl", "daemon-reload")
    run("systemctl", "start", SERVICE)
    until(lambda: os.path.exists(f"{RUNTIME}/systemd/private"), "the user has a systemd")
    with open(f"{HOME}/program.sh", "w") as file:
        file.write("echo $((40 + 2))\n")


class OrdinaryUser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        make_user()

    @classmethod
    def tearDownClass(cls):
        run("systemctl", "stop", SERVICE)

    def tearDown(self):
        until(lambda: groups() == [], "systemd removes the scope with its groups")

    def test_without_delegation_nothing_is_moved_and_one_line_names_the_cure(self):
        done = in_scope((), FROM_A_SHELL)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn(CURE, done.stderr)
        self.assertEqual(read(f"{HOME}/before"), read(f"{HOME}/after"))

    def test_the_cure_works(self):
        done = in_scope(("Delegate=yes",), "exec " + RUN)
        self.assertEqual((done.stdout, done.returncode), ("42\n", 0), done.stderr)

    def test_it_works_without_the_controller_cpu(self):
        done = in_scope(("Delegate=memory pids",), f"cat {SLICE}/*/*/cgroup.controllers >&2; exec {RUN}")
        self.assertEqual((done.stdout, done.returncode), ("42\n", 0), done.stderr)
