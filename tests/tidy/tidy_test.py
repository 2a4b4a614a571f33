"""What must not drift: the shape of files, the reasons of seccomp rules, links and promises of the pages."""

import errno
import json
import os
import re
import tomllib
import unittest

from checkout import FILES, ROOT, code_files, is_script, is_test, is_text, read

LINES_MAX = 500
LINES_WANTED = 300
TEST_LINES_WANTED = 400  # A list of cases is read one case at a time.
# Files between what is wanted and the bound, and why they are not two files.
LONG_FILES = {
}

# Files that hold tabs or trailing blanks on purpose.
BLANKS_ALLOWED = {"languages/go.toml": "its self-test is Go, which is indented by tabs"}

class Sources(unittest.TestCase):
    def test_headers_begin_with_the_guard_and_what_lives_there(self):
        for path in code_files():
            if path.endswith(".hpp"):
                with self.subTest(path):
                    first, second = read(path).splitlines()[:2]
                    self.assertEqual(first, "#pragma once")
                    self.assertRegex(second, r"^// \S.{10,}")

    def test_a_source_without_a_header_says_what_it_is_for(self):
        for path in code_files():
            stem = re.sub(r"(_test)?\.cpp$", "", path)
            if path.endswith(".cpp") and f"{stem}.hpp" not in FILES and f"{stem}_test.hpp" not in FILES:
                with self.subTest(path):
                    self.assertRegex(read(path).splitlines()[0], r"^// \S.{10,}")

    def test_no_shell_is_started(self):
        call = re.compile(r"(?<![\w.>])(?:std::|::)?(?:system|popen|execlp|execvp)\s*\(")
        found = [f"{path}:{number}" for path in code_files()
                 for number, line in enumerate(read(path).splitlines(), 1)
                 if call.search(line.split("//")[0])]
        self.assertEqual(found, [])

    def test_names_say_what_a_file_is_about(self):
        nothing = re.compile(r"(^|_)(utils?|common|helpers?|managers?|misc)(_|\.|$)")
        self.assertEqual([path for path in FILES if any(nothing.search(part) for part in path.split("/"))], [])

    def test_files_are_short(self):
        for path in FILES:
            if not path.endswith((".cpp", ".hpp", ".py", ".c")) and os.path.dirname(path) != "scripts":
                continue
            with self.subTest(path):
                lines = read(path).count("\n")
                self.assertLessEqual(lines, LINES_MAX)
                wanted = TEST_LINES_WANTED if path.startswith("tests/") or is_test(path) else LINES_WANTED
                if path in LONG_FILES:
                    self.assertGreater(lines, wanted, "needs its exception no more")
                else:
                    self.assertLessEqual(lines, wanted, "split it, or say in LONG_FILES why not")
        self.assertEqual([path for path in LONG_FILES if path not in FILES], [])

    def test_nothing_is_left_to_do(self):
        mark = re.compile(r"\b([T]ODO|[F]IXME|[H]ACK)\b")
        self.assertEqual([path for path in FILES if is_text(path) and mark.search(read(path))], [])

    def test_no_tabs_and_no_trailing_blanks(self):
        for path in FILES:
            if is_text(path) and path not in BLANKS_ALLOWED:
                with self.subTest(path):
                    text = read(path)
                    self.assertNotIn("\t", text)
                    self.assertNotRegex(text, r"[ \r]\n")
                    self.assertTrue(text.endswith("\n") and not text.endswith("\n\n"), "one newline at the end")

    def test_no_path_of_someones_machine(self):
        path_of_a_person = re.compile(r"(?<![\w.])/(?:home|Users|root|work|workspace|builds)/\w\w")
        found = [f"{path}:{number}" for path in FILES if is_text(path)
                 for number, line in enumerate(read(path).splitlines(), 1) if path_of_a_person.search(line)]
        self.assertEqual(found, [])

    def test_scripts_stop_at_the_first_failure(self):
        for path in FILES:
            if is_script(path):
                with self.subTest(path):
                    self.assertEqual(read(path).splitlines()[0], "#!/bin/bash")
                    self.assertIn("\nset -euo pipefail\n", read(path))
                    self.assertTrue(os.access(os.path.join(ROOT, path), os.X_OK))


class Failpoints(unittest.TestCase):
    def test_those_of_the_code_are_those_that_the_fault_tests_kill_at(self):
        point = re.compile(r'failpoint(?:_error)?\("([^"]+)"')
        in_code = {name for path in code_files() for name in point.findall(read(path))}
        tested = set(re.findall(r'^    Point\("([^"]+)"', read("tests/fault/points.py"), re.M))
        self.assertGreater(len(tested), 15)
        self.assertEqual(in_code, tested)


class Policies(unittest.TestCase):
    def test_every_seccomp_rule_has_a_reason_and_every_call_one_rule(self):
        policies = [path for path in FILES if path.startswith("seccomp/") and path.endswith(".toml")]
        self.assertNotEqual(policies, [])
        for path in policies:
            seen = set()
            policy = tomllib.loads(read(path))
            self.assertIn(f"seccomp/{policy.pop('based_on', 'standard')}.toml", policies)
            for kind, rules in policy.items():
                for rule in rules:
                    with self.subTest(f"{path} [[{kind}]] {rule.get('calls')}"):
                        self.assertGreater(len(rule.get("reason", "").strip()), 5)
                        self.assertEqual(seen & set(rule["calls"]), set())
                        seen |= set(rule["calls"])

    def test_the_page_counts_the_calls_of_each_profile(self):
        page = read("docs/seccomp-profiles.md")
        for profile in ("standard", "contest", "strict"):
            lines = [line.split(maxsplit=2)[-1] for line in read(f"seccomp/table/{profile}.txt").splitlines()[1:]]
            by_argument = sum(line.startswith("argument") for line in lines)
            self.assertRegex(page, rf"`{profile}`[^|]*\|[^|]*\| {lines.count('allow')}, {by_argument} more by argument \|")
            refused = {"standard": f"{lines.count('EPERM')} fail with EPERM under `standard`",
                       "contest": f"{lines.count('EPERM')} under `contest`", "strict": ""}
            self.assertIn(refused[profile], page)

    def test_a_container_may_call_what_runs_in_it_may(self):
        with open(os.path.join(ROOT, "seccomp/standard.toml"), "rb") as file:
            policy = tomllib.load(file)
        with open(os.path.join(ROOT, "deploy/seccomp.json")) as file:
            profile = json.load(file)
        needed = {call for table in ("allow", "match", "keyed") for rule in policy[table] for call in rule["calls"]}
        names = [name for rule in profile["syscalls"] for name in rule["names"]]
        self.assertEqual(sorted(needed - set(names)), [])
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(profile["defaultErrnoRet"], errno.ENOSYS)

    def test_every_language_has_packages_and_a_self_test(self):
        for path in FILES:
            if path.startswith("languages/"):
                with self.subTest(path):
                    language = tomllib.loads(read(path))
                    self.assertNotEqual(language["packages"], [])
                    self.assertTrue(language["self_test"]["source"].strip())


class Pages(unittest.TestCase):
    PAGES = [path for path in FILES if path.endswith(".md")]

    def test_links_lead_to_files_that_are_there(self):
        for path in self.PAGES:
            for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", read(path)):
                if "://" not in link:
                    with self.subTest(f"{path}: {link}"):
                        self.assertTrue(os.path.exists(os.path.join(ROOT, os.path.dirname(path), link)))

    def test_paths_in_backquotes_are_there(self):
        named = re.compile(r"`((?:src|apps|tests|docs|scripts|languages|seccomp|cmake)/[\w./-]*)`")
        for path in self.PAGES:
            for name in named.findall(read(path)):
                with self.subTest(f"{path}: {name}"):
                    self.assertTrue(os.path.exists(os.path.join(ROOT, name)))

    def test_every_promise_names_tests_that_are_there(self):
        known = set()
        for path in FILES:
            if path.endswith("_test.cpp") or path.endswith("_test.hpp"):
                known |= {f"{suite}.{name}" for suite, name in re.findall(
                    r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", read(path), re.M)}
            elif path.endswith("_test.py"):
                known |= {f"{os.path.basename(path)}: {name}" for name in re.findall(r"def (test_\w+)", read(path))}
        rows = [line for line in read("docs/specification.md").splitlines() if line.startswith("| ")]
        rows = [row for row in rows if row != "| promise | kept by |"]
        self.assertGreater(len(rows), 20)
        for row in rows:
            with self.subTest(row):
                tests = re.findall(r"`([^`]+)`", row.split("|")[-2])
                self.assertNotEqual(tests, [])
                self.assertEqual(set(tests) - known, set())


if __name__ == "__main__":
    unittest.main()
