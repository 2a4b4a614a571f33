"""Every verdict, each caused by a real program."""

from evalx_server import ServerTest, main

ECHO_SUM = "a, b = map(int, input().split())\nprint(a + b)\n"


class Verdicts(ServerTest):
    def c(self, body, **more):
        """Judges the body of a C main."""
        source = ("#include <signal.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
                  "#include <sys/syscall.h>\n#include <unistd.h>\nint main(void) {\n" + body + "\n}\n")
        return self.server.judge("c", source, **more)

    def test_accepted(self):
        result = self.server.judge("python", ECHO_SUM, [{"stdin": "1 2\n", "expected_output": "3\n"}])
        self.assert_verdict(result, "accepted")
        self.assertEqual(result["tests"][0]["stdout"], "3\n")
        self.assertEqual(result["tests"][0]["exit_code"], 0)
        self.assertIsNone(result["tests"][0]["signal"])
        self.assertIsNone(result["compile"])
        self.assertEqual(result["attempt"], 1)

    def test_wrong_answer_comes_from_the_first_wrong_test(self):
        tests = [{"stdin": "1 2\n", "expected_output": "3\n"}, {"stdin": "3 4\n", "expected_output": "8\n"}]
        result = self.server.judge("python", ECHO_SUM, tests)
        self.assertEqual(result["verdict"], "wrong_answer")
        self.assertEqual([test["verdict"] for test in result["tests"]], ["accepted", "wrong_answer"])
        self.assertEqual(result["tests"][1]["stdout"], "7\n")

    def test_compile_error_includes_the_compiler_output(self):
        result = self.c("this is no statement;")
        self.assertEqual(result["verdict"], "compile_error")
        self.assertIn("error: unknown type name", result["compile"]["output"])
        self.assertIn("main.c", result["compile"]["output"])
        self.assertNotEqual(result["compile"]["exit_code"], 0)

    def test_time_limit_counts_cpu_time(self):
        result = self.c("volatile unsigned long n = 0; for (;;) n = n + 1;", limits={"cpu_time_ms": 300})
        self.assert_verdict(result, "time_limit")
        self.assertGreaterEqual(result["tests"][0]["cpu_time_ms"], 300)
        self.assertLess(result["tests"][0]["cpu_time_ms"], 400)

    def test_time_limit_counts_all_threads_and_children(self):
        result = self.c("fork(); volatile unsigned long n = 0; for (;;) n = n + 1;", limits={"cpu_time_ms": 300})
        self.assert_verdict(result, "time_limit")
        self.assertLess(result["tests"][0]["cpu_time_ms"], 400)

    def test_wall_limit_counts_elapsed_time(self):
        result = self.c("sleep(60);", limits={"cpu_time_ms": 300, "wall_time_ms": 400})
        self.assert_verdict(result, "wall_limit")
        self.assertGreaterEqual(result["tests"][0]["wall_time_ms"], 400)
        self.assertLess(result["tests"][0]["cpu_time_ms"], 100)

    def test_memory_limit(self):
        result = self.c("for (size_t i = 0; i < 512; ++i) memset(malloc(1 << 20), 1, 1 << 20); return 0;",
                        limits={"memory_kb": 65536, "cpu_time_ms": 5000})
        self.assert_verdict(result, "memory_limit")
        self.assertGreater(result["tests"][0]["memory_kb"], 60000)
        self.assertLessEqual(result["tests"][0]["memory_kb"], 65536)

    def test_output_limit(self):
        result = self.c('for (;;) puts("again and again");', limits={"output_kb": 16})
        self.assert_verdict(result, "output_limit")
        self.assertEqual(len(result["tests"][0]["stdout"]), 16 * 1024)
        self.assertGreater(result["tests"][0]["stdout_bytes"], 16 * 1024)
        self.assertTrue(result["tests"][0]["stdout_truncated"])

    def test_runtime_error_by_a_segmentation_fault(self):
        result = self.c("*(volatile int *)8 = 1;")
        self.assert_verdict(result, "runtime_error")
        self.assertEqual(result["tests"][0]["signal"], 11)
        self.assertIsNone(result["tests"][0]["exit_code"])

    def test_runtime_error_by_an_exit_code(self):
        result = self.c("return 3;")
        self.assert_verdict(result, "runtime_error")
        self.assertEqual(result["tests"][0]["exit_code"], 3)
        self.assertIsNone(result["tests"][0]["signal"])

    def test_program_that_kills_itself_exceeded_no_limit(self):
        result = self.c("raise(SIGKILL);")
        self.assert_verdict(result, "runtime_error")
        self.assertEqual(result["tests"][0]["signal"], 9)

    def test_security_violation_by_rebooting(self):
        result = self.c("syscall(SYS_reboot, 0xfee1dead, 672274793, 0x1234567, 0);")
        self.assert_verdict(result, "security_violation")

    def test_security_violation_by_replacing_the_kernel(self):
        result = self.c("syscall(SYS_kexec_load, 0, 0, 0, 0);")
        self.assert_verdict(result, "security_violation")

    def test_one_test_leaves_nothing_for_the_next(self):
        source = """
import os, sys
if input() == "fill":
    for n in range(50): open(f"/tmp/{n}", "w").write("left")
    open("left", "w").write("left")
else:
    print(sorted(os.listdir("/tmp")), sorted(os.listdir(".")))
"""
        clean = "[] ['main.py']\n"
        tests = [{"stdin": "fill\n"}, {"stdin": "look\n", "expected_output": clean}] * 3
        self.assert_verdict(self.server.judge("python", source, tests), "accepted")


class Runtimes(ServerTest):
    """Languages with a runtime, under the default limits of 256 MiB and 2 s."""

    def hello(self, language, source):
        self.need_language(language)
        result = self.server.judge(language, source, [{"stdin": "7\n", "expected_output": "hello 7\n"}])
        self.assert_verdict(result, "accepted")

    def test_python(self):
        self.hello("python", 'print("hello", input())\n')

    def test_java(self):
        self.hello("java", """
class Greeting {
  public static void main(String[] args) {
    System.out.println("hello " + new java.util.Scanner(System.in).nextInt());
  }
}
""")

    def test_javascript(self):
        self.hello("javascript", 'console.log("hello " + require("fs").readFileSync(0, "utf8").trim());\n')


if __name__ == "__main__":
    main()
