"""How programs are compiled, compared and reported: caches, files, options, policies, bytes."""

from evalx_server import ServerTest, encode, main, until

SUM = """#include <iostream>
int main() { long a, b; std::cin >> a >> b; std::cout << a + b << '\\n'; }
"""


class OneCompile(ServerTest):
    def test_compiles_once_for_all_tests_and_not_again_for_the_same_program(self):
        tests = [{"stdin": f"{n} {n}\n", "expected_output": f"{2 * n}\n"} for n in range(20)]
        first = self.server.judge("cpp", SUM, tests)
        self.assert_verdict(first, "accepted", 19)
        self.assertEqual([test["index"] for test in first["tests"]], list(range(20)))
        self.assertFalse(first["compile"]["cached"])
        self.assertGreater(first["compile"]["cpu_time_ms"], 0)
        again = self.server.judge("cpp", SUM, tests)
        self.assert_verdict(again, "accepted", 19)
        self.assertTrue(again["compile"]["cached"])
        self.assertLess(again["timing_ms"]["compile"], first["timing_ms"]["compile"])
        self.assertNotEqual(again["token"], first["token"])

        def uses():  # A scrape shows older counters if the worker's loop is busy for 200 ms.
            samples = self.server.metrics()
            return [samples[f'evalx_artifact_cache_total{{result="{event}"}}'] for event in ("miss", "hit")]

        until(lambda: uses()[1] > 0, 5, "the hit is counted")
        self.assertEqual(uses(), [1, 1])


class Compiling(ServerTest):
    def test_warnings_are_reported_for_a_cached_program_too(self):
        document = {"language": "c", "source": "int main(void) { int unused; return 0; }\n", "tests": [{}],
                    "compiler_options": ["-Wall"]}
        first, again = (self.server.submit(document, 30).json()["compile"] for _ in range(2))
        self.assertIn("unused variable", first["output"])
        self.assertEqual(again, {**first, "cached": True})

    def test_several_files_are_compiled_together(self):
        files = [{"path": "main.cpp", "content": '#include "parts/twice.hpp"\n#include <cstdio>\n'
                                                 'int main() { std::printf("%d\\n", twice(21)); }\n'},
                 {"path": "parts/twice.hpp", "content": "#pragma once\nint twice(int);\n"},
                 {"path": "parts/twice.cpp", "content": '#include "twice.hpp"\nint twice(int n) { return 2 * n; }\n'}]
        answer = self.server.submit({"language": "cpp", "files": files, "tests": [{"expected_output": "42\n"}]}, 30)
        self.assertEqual(answer.status, 200)
        self.assert_verdict(answer.json(), "accepted")

    def test_compiler_options_reach_the_compiler(self):
        source = '#include <cstdio>\nint main() { std::puts(WORD); }\n'
        self.assertEqual(self.server.judge("cpp", source)["verdict"], "compile_error")
        number = "#include <cstdio>\nint main() { std::printf(\"%d\\n\", NUMBER); }\n"
        result = self.server.judge("cpp", number, [{"expected_output": "7\n"}], compiler_options=["-DNUMBER=7"])
        self.assert_verdict(result, "accepted")

    def test_an_option_that_is_not_allowed_is_refused_by_name(self):
        document = {"language": "cpp", "source": SUM, "tests": [{}], "compiler_options": ["-O2", "-Wl,-T,/etc/passwd"]}
        answer = self.server.submit(document)
        self.assertEqual(answer.status, 422)
        self.assertEqual(answer.json()["errors"][0]["field"], "compiler_options[1]")

    def test_arguments_reach_the_program(self):
        source = "import sys\nprint(sys.argv[1:])\n"
        tests = [{"args": ["a b", "", "--x=$HOME"], "expected_output": "['a b', '', '--x=$HOME']\n"}]
        self.assert_verdict(self.server.judge("python", source, tests), "accepted")


class Comparing(ServerTest):
    def verdicts(self, prints, expected, **compare):
        result = self.server.judge("python", f"print({prints!r}, end='')\n", [{"expected_output": expected}],
                                   compare=compare)
        return result["verdict"]

    def test_trailing_white_space_is_ignored_by_default(self):
        self.assertEqual(self.verdicts("1 \n2", "1\n2\n\n"), "accepted")
        self.assertEqual(self.verdicts(" 1\n2", "1\n2\n"), "wrong_answer")

    def test_exact_mode_compares_bytes(self):
        self.assertEqual(self.verdicts("1\n", "1\n", mode="exact"), "accepted")
        self.assertEqual(self.verdicts("1", "1\n", mode="exact"), "wrong_answer")

    def test_tokens_mode_compares_words(self):
        self.assertEqual(self.verdicts("1\n\n 2", "1 2\n", mode="tokens"), "accepted")
        self.assertEqual(self.verdicts("12", "1 2\n", mode="tokens"), "wrong_answer")

    def test_float_mode_allows_the_tolerances(self):
        self.assertEqual(self.verdicts("3.14159265\n", "3.14159\n", mode="float", absolute=1e-5), "accepted")
        self.assertEqual(self.verdicts("3.15\n", "3.14159\n", mode="float", absolute=1e-5), "wrong_answer")
        self.assertEqual(self.verdicts("1000001\n", "1e6\n", mode="float", absolute=0, relative=1e-5), "accepted")
        self.assertEqual(self.verdicts("nan\n", "1\n", mode="float", absolute=1), "wrong_answer")

    def test_any_output_is_accepted_without_an_expected_output(self):
        self.assertEqual(self.server.judge("python", "print('anything')\n", [{"expected_output": None}])["verdict"],
                         "accepted")

    def test_first_failure_skips_the_rest(self):
        tests = [{"stdin": f"{n}\n", "expected_output": "1\n" if n == 2 else f"{n}\n"} for n in range(12)]
        result = self.server.judge("python", "print(input())\n", tests, policy="first_failure")
        self.assertEqual(result["verdict"], "wrong_answer")
        self.assertEqual([test["verdict"] for test in result["tests"]],
                         ["accepted", "accepted", "wrong_answer"] + ["skipped"] * 9)


class Bytes(ServerTest):
    def test_output_that_is_not_utf8_is_returned_as_base64(self):
        data = bytes(range(256))
        source = "import sys\nsys.stdout.buffer.write(bytes(range(256)))\n"
        test = self.server.judge("python", source, [{"expected_output_base64": encode(data)}],
                                 compare={"mode": "exact"})["tests"][0]
        self.assertEqual(test["verdict"], "accepted")
        self.assertEqual(test["stdout_base64"], encode(data))
        self.assertNotIn("stdout", test)
        self.assertEqual(test["stdout_bytes"], 256)

    def test_base64_input_and_output_keep_every_byte(self):
        data = b"\x00\xff\xfe\r\n" * 40000
        source = "import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read())\n"
        tests = [{"stdin_base64": encode(data), "expected_output_base64": encode(data)}]
        result = self.server.judge("python", source, tests, compare={"mode": "exact"})
        self.assert_verdict(result, "accepted")
        self.assertEqual(result["tests"][0]["stdout_base64"], encode(data))

    def test_source_may_be_base64(self):
        source = "#!/usr/bin/python3\n# -*- coding: latin-1 -*-\nprint(len('\u00e9'))\n".encode("latin-1")
        answer = self.server.submit({"language": "python", "source_base64": encode(source),
                                     "tests": [{"expected_output": "1\n"}]}, 30)
        self.assert_verdict(answer.json(), "accepted")

    def test_utf8_output_is_returned_as_text(self):
        text = "zażółć 🙂 \u0000\u001f\n"
        test = self.server.judge("python", "import sys\nsys.stdout.write(sys.stdin.read())\n",
                                 [{"stdin": text, "expected_output": text}], compare={"mode": "exact"})["tests"][0]
        self.assertEqual(test["verdict"], "accepted")
        self.assertEqual(test["stdout"], text)

    def test_big_output_within_the_limit_is_returned_whole(self):
        size = 3 * 1024 * 1024
        test = self.server.judge("python", f"print('x' * {size - 1})\n", limits={"output_kb": 4096})["tests"][0]
        self.assertEqual(test["verdict"], "accepted")
        self.assertEqual(test["stdout_bytes"], size)
        self.assertEqual(len(test["stdout"]), size)
        self.assertFalse(test["stdout_truncated"])

    def test_output_over_the_limit_is_cut_but_counted_whole(self):
        size = 1024 * 1024
        source = f"import os\nos.write(2, b'e' * 10)\nos.write(1, b'x' * {size})\n"
        test = self.server.judge("python", source, limits={"output_kb": 8})["tests"][0]
        self.assertEqual(test["verdict"], "output_limit")
        self.assertEqual(test["stdout"], "x" * 8192)
        self.assertTrue(test["stdout_truncated"])
        self.assertGreater(test["stdout_bytes"], 8192)
        self.assertLessEqual(test["stdout_bytes"], size)
        self.assertEqual(test["stderr"], "e" * 10)
        self.assertFalse(test["stderr_truncated"])


if __name__ == "__main__":
    main()
