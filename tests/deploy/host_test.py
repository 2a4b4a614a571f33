"""The systemd unit, and start-dev.sh with fakes of Docker's commands."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

import shipped

UNIT = "deploy/systemd/evalx.service"
ANALYZE = shutil.which("systemd-analyze")


def settings_of_unit():
    """{key: [values]} of the unit, from all sections."""
    found = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", shipped.read(UNIT), re.M):
        found.setdefault(key, []).append(value)
    return found


class Unit(unittest.TestCase):
    def test_delegates_its_cgroup_with_all_three_controllers(self):
        self.assertEqual(set(settings_of_unit()["Delegate"][0].split()), {"cpu", "memory", "pids"})

    def test_has_the_capabilities_of_the_adr_and_no_more(self):
        """A container needs CAP_SYS_ADMIN because of its mounts over /proc and the cgroups; the unit does not."""
        expected = {f"CAP_{name}" for name in shipped.capabilities_of_adr()} - {"CAP_SYS_ADMIN"}
        self.assertEqual(set(settings_of_unit()["CapabilityBoundingSet"][0].split()), expected)

    def test_memory_limit_of_a_program_does_not_stop_the_service(self):
        self.assertEqual(settings_of_unit()["OOMPolicy"], ["continue"])

    def test_stop_timeout_is_longer_than_the_drain(self):
        grace = int(re.search(r"drain_grace\{(\d+)\}", shipped.read("src/config/settings.hpp"))[1])
        self.assertGreater(int(settings_of_unit()["TimeoutStopSec"][0]), grace)
        self.assertEqual(settings_of_unit()["KillMode"], ["mixed"])

    def test_uses_no_option_that_breaks_the_sandbox(self):
        taken = {"ProtectProc", "ProcSubset", "ProtectKernelTunables", "ProtectControlGroups", "PrivateUsers",
                 "RestrictNamespaces", "SystemCallFilter", "User", "DynamicUser"}
        self.assertEqual(taken & set(settings_of_unit()), set())

    @unittest.skipUnless(ANALYZE, "systemd-analyze is missing")
    def test_systemd_analyze_accepts_the_unit(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = os.path.join(folder, "evalx.service")
            with open(copy, "w", encoding="utf-8") as file:
                file.write(shipped.read(UNIT).replace("/usr/local/bin/evalx", f'"{shipped.BINARY}"'))
            answer = subprocess.run([ANALYZE, "verify", "--man=no", copy],
                                    capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))


class StartDev(unittest.TestCase):
    """Runs with a PATH of usual tools and fakes of Docker's commands."""

    TOOLS = ["awk", "dirname", "git", "grep", "nproc", "readlink", "sed", "sleep", "cat"]

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        for tool in self.TOOLS:
            os.symlink(shutil.which(tool), os.path.join(self.folder, tool))

    def add(self, name, script):
        file = os.path.join(self.folder, name)
        with open(file, "w", encoding="utf-8") as opened:
            opened.write("#!/bin/bash\n" + script)
        os.chmod(file, 0o755)

    def run_it(self, *arguments):
        environment = {"PATH": self.folder, "LOG": os.path.join(self.folder, "log")}
        return subprocess.run([shipped.path("start-dev.sh"), *arguments], capture_output=True, text=True, timeout=20,
                              check=False, env=environment)

    def test_reports_that_docker_is_missing(self):
        answer = self.run_it()
        self.assertEqual(answer.returncode, 1)
        self.assertRegex(answer.stderr, r"^start-dev: docker is missing: .*install.*\n$")

    def test_reports_that_docker_does_not_answer(self):
        self.add("docker", "echo 'permission denied' >&2; exit 1")
        answer = self.run_it()
        self.assertEqual(answer.returncode, 1)
        self.assertIn("docker does not respond: permission denied", answer.stderr)

    def test_reports_that_compose_is_missing(self):
        self.add("docker", '[[ $1 == version ]] && echo 20.10')
        answer = self.run_it()
        self.assertEqual(answer.returncode, 1)
        self.assertIn("neither `docker compose` nor docker-compose is installed", answer.stderr)

    def test_help_needs_no_docker(self):
        answer = self.run_it("--help")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertIn("start-dev.sh [stop|status|logs", answer.stdout)

    def test_refuses_an_unknown_command(self):
        self.add("docker", "echo 20.10")
        answer = self.run_it("frobnicate")
        self.assertEqual(answer.returncode, 2)
        self.assertIn("start-dev.sh [stop|status|logs", answer.stderr)

    def test_waits_until_all_containers_are_ready_and_prints_the_url(self):
        """The fake reports the last container as healthy at the second request."""
        self.add("docker", '''
            case $1 in
              version | compose) [[ $1 == version ]] && echo 20.10 ;;
              inspect)
                echo "evalx_redis_1 running healthy"
                if [[ -e $LOG.asked ]]; then echo "evalx_api_1 running healthy"; else echo "evalx_api_1 running starting"; fi
                : >"$LOG.asked" ;;
            esac''')
        self.add("docker-compose", '''
            echo "$* $EVALX_SANDBOXES_PER_WORKER" >>"$LOG"
            if [[ $1 == ps ]]; then echo one; echo two; fi''')
        answer = self.run_it()
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertRegex(answer.stdout, r"(?s)1 of 2 containers ready .*2 of 2 containers ready .*http://127.0.0.1:2358/")
        with open(os.path.join(self.folder, "log"), encoding="utf-8") as log:
            calls = log.read().splitlines()
        share = (len(os.sched_getaffinity(0)) + 3) // 4
        self.assertEqual(calls[:2], [f"build api {share}", f"up -d --remove-orphans {share}"])


if __name__ == "__main__":
    shipped.need_binary()
    unittest.main()
