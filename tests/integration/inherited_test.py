"""Inherited limits and signals harm neither evalX nor the programs that it runs."""

import os
import shutil
import signal
import subprocess
import sys
import unittest

from evalx_server import BINARY, Server, clean_environment, main, make_folder, own_host

# Without this capability no process can raise a hard limit.
CANNOT_RAISE = ("setpriv", "--bounding-set=-sys_resource", "--inh-caps=-sys_resource")
COUNT_SIGNALS = """#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
int main(void) {
  int ignored = 0, blocked = 0;
  sigset_t mask;
  sigprocmask(SIG_BLOCK, 0, &mask);
  for (int number = 1; number < 65; ++number) {
    struct sigaction action;
    if (sigaction(number, 0, &action) == 0 && action.sa_handler == SIG_IGN) ++ignored;
    if (sigismember(&mask, number) == 1) ++blocked;
  }
  struct rlimit cpu, space;
  getrlimit(RLIMIT_CPU, &cpu);
  getrlimit(RLIMIT_AS, &space);
  printf("%d %d %d\\n", ignored, blocked, cpu.rlim_cur == RLIM_INFINITY && space.rlim_cur == RLIM_INFINITY);
  return 0;
}
"""


def inherit_the_worst():
    """In the child, before its exec."""
    for number in (signal.SIGCHLD, signal.SIGPIPE, signal.SIGUSR1, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP})


class Burdened(Server):
    """Its parent blocks and ignores signals, and has limits that a program of its own would not notice."""

    limits = ("--core=0:0", "--memlock=65536:65536", "--sigpending=64:64", "--nofile=64:", "--cpu=100000:",
              f"--as={1 << 46}:")

    def command(self):
        wrapper = f"import os, signal\nimport sys\nsys.path.insert(0, {os.path.dirname(__file__)!r})\n" \
                  "from inherited_test import inherit_the_worst\ninherit_the_worst()\nos.execvp(sys.argv[1], sys.argv[1:])"
        return [sys.executable, "-c", wrapper, *CANNOT_RAISE, "prlimit", *self.limits, *super().command()]


class Inherited(unittest.TestCase):
    def start_under(self, *limits):
        folder = make_folder()
        self.addCleanup(shutil.rmtree, folder, True)
        return subprocess.run([*CANNOT_RAISE, "prlimit", *limits, BINARY, "serve", "--listen", f"{own_host()}:0",
                               "--data-dir", f"{folder}/data"], capture_output=True, text=True, timeout=20, check=False,
                              env=clean_environment())

    def test_low_hard_limit_is_refused_with_its_cure(self):
        for limit, cure in (("--nofile=256:256", "LimitNOFILE=4096"), ("--stack=8388608:8388608", "LimitSTACK="),
                            ("--fsize=1000000000:1000000000", "LimitFSIZE=infinity"),
                            ("--cpu=600:600", "LimitCPU=infinity"), ("--as=8000000000:8000000000", "LimitAS=infinity")):
            with self.subTest(limit):
                done = self.start_under(limit)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("inherited limits are too low", done.stderr)
                self.assertRegex(done.stderr, cure + "|--ulimit")

    def test_limits_and_signals_of_the_parent_do_not_reach_programs(self):
        with Burdened() as server:
            result = server.judge("c", COUNT_SIGNALS, [{"expected_output": "0 0 1\n"}])
            self.assertEqual(result["verdict"], "accepted", result)


if __name__ == "__main__":
    main()
