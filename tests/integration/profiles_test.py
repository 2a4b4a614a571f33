"""The seccomp profiles: every language works under each profile it claims and is refused under the others."""

import json
import os
import shutil
import subprocess
import unittest

from evalx_server import BINARY, Server, clean_environment, main, make_folder, run_evalx

SELF_TEST_SECONDS = 900  # About seventy compilations and runs, one after another.

FORK = """#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
  const pid_t child = fork();
  if (child == 0) _exit(7);
  if (child < 0) { printf("%s\\n", errno == ENOSYS ? "no such call" : "refused"); return 0; }
  int status = 0;
  waitpid(child, &status, 0);
  printf("forked\\n");
}
"""
THREAD = """#include <iostream>
#include <thread>
int main() {
  int value = 0;
  std::thread thread([&] { value = 42; });
  thread.join();
  std::cout << value << '\\n';
}
"""
EXEC = """#include <errno.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
  execl("/usr/bin/true", "true", (char*)0);
  printf("%s\\n", errno == ENOSYS ? "no such call" : "refused");
}
"""
LOCK = """import errno, fcntl, socket
def tried(call):
    try:
        call()
        return "done"
    except OSError as error:
        return errno.errorcode[error.errno]
shared = open("/usr/bin/python3", "rb")
print(tried(lambda: fcntl.flock(shared, fcntl.LOCK_SH)), tried(lambda: fcntl.lockf(shared, fcntl.LOCK_SH)),
      tried(lambda: socket.socket(socket.AF_UNIX).close()), tried(lambda: socket.socketpair()[0].close()))
"""


class SelfTests(unittest.TestCase):
    def test_every_language_works_under_every_profile_it_claims(self):
        done = run_evalx("languages", "--self-test", "--json", seconds=SELF_TEST_SECONDS)
        rows = json.loads(done.stdout)
        for row in rows:
            with self.subTest(f"{row['id']} {row['seccomp_profile']}"):
                self.assertTrue(row["passed"], row["note"])
        claimed = {(row["id"], row["seccomp_profile"]) for row in rows}
        for profile in ("standard", "contest", "strict"):
            self.assertIn(("c", profile), claimed)
        self.assertIn(("python", "contest"), claimed)
        self.assertNotIn(("python", "strict"), claimed)
        self.assertEqual(done.returncode, 0, done.stderr)


class Profiles(unittest.TestCase):
    def output(self, server, language, source):
        document = server.judge(language, source)
        self.assertEqual(document["verdict"], "accepted", document)
        return document["tests"][0]["stdout"]

    def test_standard_allows_locks_sockets_and_processes(self):
        with Server() as server:
            self.assertEqual(self.output(server, "python", LOCK), "done done done done\n")
            self.assertEqual(self.output(server, "c", FORK), "forked\n")

    def test_contest_refuses_locks_and_sockets_except_pairs(self):
        with Server("--seccomp-profile", "contest") as server:
            self.assertEqual(self.output(server, "python", LOCK), "ENOSYS EPERM EAFNOSUPPORT done\n")
            self.assertEqual(self.output(server, "c", FORK), "forked\n")

    def test_strict_allows_threads_but_no_fork_and_no_exec(self):
        with Server("--seccomp-profile", "strict") as server:
            self.assertEqual(self.output(server, "cpp", THREAD), "42\n")
            self.assertEqual(self.output(server, "c", FORK), "no such call\n")
            self.assertEqual(self.output(server, "c", EXEC), "no such call\n")

    def test_language_without_the_profile_is_refused_by_name(self):
        with Server("--seccomp-profile", "strict") as server:
            python = server.languages()["python"]
            self.assertFalse(python["available"])
            self.assertIn("seccomp profile strict", python["missing"])
            answer = server.submit({"language": "python", "source": "print(1)", "tests": [{}]})
            self.assertEqual(answer.status, 422)
            self.assertIn("seccomp profile strict", json.dumps(answer.json()))


class AtATerminal(unittest.TestCase):
    def setUp(self):
        self.folder = make_folder()
        self.addCleanup(shutil.rmtree, self.folder)
        self.program = os.path.join(self.folder, "a.py")
        with open(self.program, "w", encoding="utf-8") as file:
            file.write("print(42)\n")

    def test_run_and_judge_refuse_a_language_without_the_profile(self):
        os.mkdir(os.path.join(self.folder, "tests"))
        for name, content in (("1.in", ""), ("1.out", "42\n")):
            with open(os.path.join(self.folder, "tests", name), "w", encoding="utf-8") as file:
                file.write(content)
        for command, *words in (["run", self.program], ["judge", self.program, os.path.join(self.folder, "tests")]):
            done = run_evalx(command, "--seccomp-profile", "strict", *words)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("Python: its run step does not work under the seccomp profile strict", done.stderr)
            self.assertEqual(run_evalx(command, "--seccomp-profile", "contest", *words).returncode, 0)

    def test_a_self_test_refuses_a_named_language_without_the_profile(self):
        done = run_evalx("languages", "--self-test", "--seccomp-profile", "strict", "python", seconds=SELF_TEST_SECONDS)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done)
        self.assertIn("python: its run step does not work under the seccomp profile strict", done.stderr)

    def test_environment_variable_is_read_and_an_unknown_profile_is_named(self):
        for value, code in (("strict", 1), ("contest", 0), ("none", 2)):
            done = subprocess.run([BINARY, "run", self.program], capture_output=True, text=True, check=False, timeout=20,
                                  stdin=subprocess.DEVNULL, env=clean_environment() | {"EVALX_SECCOMP_PROFILE": value})
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertEqual(value == "none", "EVALX_SECCOMP_PROFILE: must be standard, contest" in done.stderr)

    def test_server_does_not_start_under_an_unknown_profile(self):
        done = run_evalx("serve", "--seccomp-profile", "wide", "--data-dir", os.path.join(self.folder, "data"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("--seccomp-profile: must be standard, contest or strict", done.stderr)


if __name__ == "__main__":
    main()
