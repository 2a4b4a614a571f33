"""serve, run and languages with the command line tool isolate as the sandbox."""

import json
import os
import shutil
import subprocess
import sys
import unittest

from evalx_server import ENDLESS, SKIPPED, Server, complaints, main, make_folder, run_evalx, until
from processes import status_of

# A path if the tool is not in PATH.
TOOL = os.environ.get("EVALX_ISOLATE", "isolate")
ENGINE = ("--sandbox", "isolate", "--isolate-path", TOOL)
SUM = "a, b = map(int, input().split())\nprint(a + b)\n"


def privileges_of(pid):
    """(whether no_new_privs is set, uids, effective capabilities)"""
    fields = status_of(pid)
    return fields["NoNewPrivs"] == "1", set(fields["Uid"].split()), int(fields["CapEff"], 16)


class Serving(unittest.TestCase):
    def test_judges_and_reports_isolate_as_its_engine(self):
        with Server(*ENGINE, "--max-concurrent-sandboxes", "2") as server:
            self.assertEqual(server.judge("c", "int main(void) { return 0; }\n")["verdict"], "accepted")
            tests = [{"stdin": f"{i} 1\n", "expected_output": f"{i + 1}\n"} for i in range(4)]
            result = server.judge("python", SUM, tests)
            self.assertEqual([test["verdict"] for test in result["tests"]], ["accepted"] * 4, result)
            self.assertEqual(server.judge("c", "int main(void) { oops }\n")["verdict"], "compile_error")
            self.assertEqual(server.judge("python", "while True: pass\n")["verdict"], "time_limit")
            engine = server.get("/v1/capabilities").json()["engine"]
            self.assertEqual(engine["sandbox"], "isolate")
            self.assertRegex(engine["sandbox_version"], r"^\d+\.\d+$")
            self.assertEqual(engine["max_concurrent_sandboxes"], 2)
            self.assertEqual(server.metrics()["evalx_sandboxes_max"], 2)

    def test_gives_up_root_but_may_start_setuid_tools(self):
        with Server(*ENGINE) as server:
            privileges, ids, capabilities = privileges_of(server.process.pid)
            self.assertFalse(privileges, "isolate is setuid root: no_new_privs would break it")
            self.assertNotIn("0", ids)
            self.assertEqual(capabilities, 0)

    def test_a_cancelled_run_frees_its_box(self):
        with Server(*ENGINE, "--max-concurrent-sandboxes", "1") as server:
            token = server.submit(ENDLESS).json()["token"]
            until(lambda: server.metrics()["evalx_sandboxes_in_use"] > 0, 20, "the program runs")
            self.assertEqual(server.request("DELETE", f"/v1/submissions/{token}").status, 200)
            self.assertEqual(server.judge("python", "print(1)\n")["verdict"], "accepted")


class Refusing(unittest.TestCase):
    def setUp(self):
        self.folder = make_folder()
        self.addCleanup(shutil.rmtree, self.folder)

    def refusal(self, *arguments):
        done = run_evalx("serve", "--listen", "127.0.0.1:0", "--data-dir", self.folder + "/data", *arguments)
        self.assertEqual(done.returncode, 1, done)
        lines = complaints(done)
        self.assertEqual(len(lines), 1, done)
        return lines[0]

    def test_refuses_a_missing_tool(self):
        self.assertIn("/no/such/isolate", self.refusal("--sandbox", "isolate", "--isolate-path", "/no/such/isolate"))

    def test_refuses_a_tool_that_is_not_isolate(self):
        self.assertIn("not isolate", self.refusal("--sandbox", "isolate", "--isolate-path", "/bin/true"))

    def test_refuses_more_boxes_than_isolate_has(self):
        self.assertIn("max_concurrent_sandboxes is 2048", self.refusal(*ENGINE, "--max-concurrent-sandboxes", "2048"))


class Commands(unittest.TestCase):
    def test_a_self_test_passes(self):
        done = run_evalx("languages", *ENGINE, "--self-test", "--json", "c", "python", seconds=60)
        self.assertEqual(done.returncode, 0, done)
        self.assertTrue(all(language["passed"] for language in json.loads(done.stdout)))

    def test_run_passes_input_output_and_exit_code_on(self):
        folder = make_folder()
        self.addCleanup(shutil.rmtree, folder)
        path = os.path.join(folder, "echo.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write("import sys\nprint(input())\nsys.exit(7)\n")
        done = subprocess.run([os.environ["EVALX_BINARY"], "run", "--quiet", *ENGINE, path], input="hello\n",
                              capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual((done.returncode, done.stdout), (7, "hello\n"), done)


if __name__ == "__main__":
    if shutil.which(TOOL) is None:
        print("skipped: isolate is not installed; EVALX_ISOLATE may name it")
        sys.exit(SKIPPED)
    main()
