"""Commands at a terminal: what a person types, sees, and gets back."""

import concurrent.futures
import json
import os
import pty
import select
import shutil
import subprocess
import tempfile
import termios
import time
import unittest

from evalx_server import BINARY, Server, clean_environment, free_port, main, make_folder, own_host, run_evalx

WARNS = "int main(void) { int unused; return 0; }\n"


def at_terminal(*arguments, seconds=60, stop_after=None):
    """Runs evalx with a terminal as its three descriptors: (exit code, all that it shows, echo is on at the end). A server
    gets SIGTERM once it has shown `stop_after`."""
    master, slave = pty.openpty()
    with subprocess.Popen([BINARY, *arguments], stdin=slave, stdout=slave, stderr=slave,
                          env={**clean_environment(), "TERM": "xterm"}) as process:
        shown = b""
        end = time.monotonic() + seconds
        while process.poll() is None or select.select([master], [], [], 0)[0]:
            if time.monotonic() > end:
                process.kill()
                raise TimeoutError(shown)
            if select.select([master], [], [], 0.05)[0]:
                shown += os.read(master, 65536)
            if stop_after is not None and stop_after in shown:
                process.terminate()
                stop_after = None
    echo = bool(termios.tcgetattr(slave)[3] & termios.ECHO)
    os.close(master)
    os.close(slave)
    return process.returncode, shown.decode(), echo


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder, True)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path


class Cache(Folder):
    def test_twenty_commands_at_once_all_work(self):
        programs = [self.write(f"a{n}.c", f'#include <stdio.h>\nint main(void) {{ puts("{self.folder} {n % 4}"); }}\n')
                    for n in range(19)] + [self.write("b.py", "print(1)\n")]
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            done = list(pool.map(lambda path: run_evalx("run", "-q", path, seconds=110), programs))
        self.assertEqual([(one.returncode, one.stderr) for one in done], [(0, "")] * 20)
        self.assertEqual(done[5].stdout, f"{self.folder} 1\n")

    def test_warnings_of_a_cached_program_are_shown_again(self):
        source = self.write("warns.c", f"// {self.folder}\n" + WARNS)
        first = run_evalx("run", "-q", "--compiler-option=-Wall", source)
        again = run_evalx("run", "-q", "--compiler-option=-Wall", source)
        self.assertIn("unused variable", first.stderr)
        self.assertEqual(again.stderr, first.stderr)

    def test_without_a_place_for_the_cache_programs_are_compiled_each_time(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, whose cache is in /var/cache")
        blocked = self.write("file", "")  # Nothing can be made below a file.
        environment = {**clean_environment(), "HOME": blocked, "XDG_CACHE_HOME": blocked}
        source = self.write("a.c", WARNS)
        os.chmod(self.folder, 0o755)
        done = subprocess.run(["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", os.path.abspath(BINARY),
                               "run", "--allow-weak", source], env=environment, capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("XDG_CACHE_HOME chooses another folder", done.stderr)


class Run(Folder):
    def test_a_program_that_turns_echo_off_leaves_the_terminal_as_it_was(self):
        source = self.write("quiet.py", "import os, termios\na = termios.tcgetattr(0)\na[3] &= ~termios.ECHO\n"
                                        "termios.tcsetattr(0, termios.TCSANOW, a)\n"
                                        "assert not termios.tcgetattr(0)[3] & termios.ECHO\nos.abort()\n")
        code, shown, echo = at_terminal("run", source)
        self.assertEqual(code, 128 + 6, shown)
        self.assertTrue(echo)

    def test_words_after_the_file_belong_to_the_program(self):
        source = self.write("args.py", "import sys; print(sys.argv[1:])\n")
        for words in (["-v", "--cpu-time", "x", "--help"], ["--", "-v"], ["a", "--", "b"]):
            done = run_evalx("run", "-t", "5", "-m", "64m", source, *words)
            expected = words[1:] if words[0] == "--" else words
            self.assertEqual(done.stdout, f"{expected}\n", done.stderr)

    def test_the_source_may_come_from_stdin(self):
        done = subprocess.run([BINARY, "run", "--language", "python", "-", "x"], input="import sys\nprint(sys.argv[1:], "
                              "repr(sys.stdin.read()))\n", env=clean_environment(), capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual(done.stdout, "['x'] ''\n", done.stderr)
        without = subprocess.run([BINARY, "run", "-"], input="", env=clean_environment(), capture_output=True, text=True,
                                 timeout=60, check=False)
        self.assertEqual(without.returncode, 2)
        self.assertIn("--language", without.stderr)

    def test_an_ordinary_user_gets_one_line_with_a_cure(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to become nobody")
        source = self.write("a.py", "print(1)\n")
        os.chmod(self.folder, 0o755)
        command = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", os.path.abspath(BINARY), "run"]
        refused = subprocess.run([*command, source], env=clean_environment(), capture_output=True, text=True, timeout=60,
                                 check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertEqual(refused.stderr.count("\n"), 1, refused.stderr)
        self.assertRegex(refused.stderr, "sudo|as root")
        weak = subprocess.run([*command, "--allow-weak", source], env=clean_environment(), capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual((weak.returncode, weak.stdout), (0, "1\n"), weak.stderr)
        self.assertNotIn("{", weak.stderr)
        self.assertNotIn(" 0 B", weak.stderr)
        self.assertEqual(weak.stderr.count("\n"), 2, weak.stderr)  # The weakness, and the summary.


class Logs(unittest.TestCase):
    def test_each_submission_and_each_refused_request_is_a_line(self):
        with Server("--log-level", "debug") as server:
            token = server.judge("python", "print(1)", [{"expected_output": "1\n"}])["token"]
            server.exchange("POST", "/v1/submissions?wait=1", b"{", {"Content-Type": "application/json"})
            with open(server.log_path, encoding="utf-8") as log:
                lines = [json.loads(line) for line in log]
        of_job = {line["message"]: line for line in lines if line.get("token") == token}
        self.assertEqual(of_job["a submission is accepted"]["language"], "python")
        finished = of_job["a submission is finished"]
        self.assertEqual((finished["level"], finished["verdict"], finished["tests"]), ("info", "accepted", 1))
        self.assertGreater(finished["run_ms"], 0)
        self.assertEqual((of_job["a test has ended"]["level"], of_job["a test has ended"]["index"]), ("debug", 0))
        [refused] = [line for line in lines if line["message"] == "a request is refused" and line.get("method") == "POST"]
        self.assertEqual((refused["level"], refused["path"], refused["status"]), ("info", "/v1/submissions", 400))
        self.assertTrue(refused["reason"])

    def test_a_terminal_gets_text(self):
        folder = make_folder()
        self.addCleanup(shutil.rmtree, folder, True)
        host = own_host()
        code, shown, _ = at_terminal("serve", "--listen", f"{host}:{free_port(host)}", "--data-dir", os.path.join(folder, "data"),
                                     stop_after=b"try:")
        self.assertEqual(code, 0, shown)
        self.assertRegex(shown, r"\d\d:\d\d:\d\d\.\d{3} info +listening  role=serve")
        self.assertNotIn('{"time"', shown)


class Words(unittest.TestCase):
    def test_help_explains_each_command(self):
        self.assertEqual(run_evalx("help").stdout, run_evalx("--help").stdout)
        for command in (["run"], ["jobs", "show"], ["version"], ["help"]):
            explained = run_evalx("help", *command)
            self.assertEqual(explained.returncode, 0)
            self.assertIn(f"Usage: evalx {' '.join(command)}", explained.stdout)
        self.assertNotIn("Examples", run_evalx("version", "--help").stdout)

    def test_a_misspelt_word_gets_a_suggestion(self):
        for words, meant in ((["rnu", "a.py"], "did you mean run?"), (["help", "jugde"], "did you mean judge?"),
                             (["run", "--cpu", "1s", "a.py"], "did you mean --cpu-time?"),
                             (["jobs", "shwo"], "did you mean show?"), (["token", "nwe"], "did you mean new?"),
                             (["serve", "--lisen=1"], "did you mean --listen?")):
            done = run_evalx(*words)
            self.assertEqual(done.returncode, 2)
            self.assertIn(meant, done.stderr)

    def test_a_wrong_value_of_any_flag_is_a_mistake_of_the_user(self):
        for words, part in ((["serve", "--allow-weak=maybe"], "true or false"),
                            (["doctor", "--allow-weak=99999999999999999999"], "true or false"),
                            (["judge", "--compare", "fuzzy", "a.py", "t"], "must be one of"),
                            (["run", "-m", "1k", "a.py"], "from 4M"), (["run", "--stack", "1", "a.py"], "from 64K"),
                            (["serve", "--queue", "redis://"], "--queue"),
                            (["jobs", "--queue", "mysql://x"], "sqlite or redis://[user:password@]host:port/database"),
                            (["run", "-t", "5s", "-t", "6s", "a.py"], "--cpu-time is given 2 times"),
                            (["token"], "a command is missing: new"),
                            (["jobs", "redrive", "--all-dead", "x"], "TOKEN and --all-dead exclude each other")):
            done = run_evalx(*words)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn(part, done.stderr)


if __name__ == "__main__":
    main()
