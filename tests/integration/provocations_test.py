"""No program and no client reaches our fault counters: what they provoke has a verdict, soon after its limit."""

import time

from evalx_server import ServerTest, main, until

# Areas that the kernel cannot merge, copied by each fork: seconds of work to take down.
SLOW_DEATH = """#define _DEFAULT_SOURCE
#include <sys/mman.h>
#include <unistd.h>
int main(void) {
  enum { kAreas = 64000, kChildren = 100, kPage = 4096 };
  char *areas = mmap(0, (long)kAreas * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  for (long i = 0; i < kAreas; i += 2) mprotect(areas + i * kPage, kPage, PROT_READ);
  for (int i = 0; i < kChildren; ++i) if (!fork()) break;
  for (;;) pause();
}
"""
STEP = "/".join("abcdefghijklmnopqrstuvwxyz")


class Provocations(ServerTest):
    def tearDown(self):
        samples = self.server.metrics()
        for reason in ("fault", "not_cleaned"):
            self.assertEqual(samples[f'evalx_sandbox_slots_replaced_total{{reason="{reason}"}}'], 0)

    def test_processes_that_die_slowly_do_not_delay_the_answer(self):
        limits = {"wall_time_ms": 4000, "cpu_time_ms": 60000, "memory_kb": 2048 * 1024, "processes": 200}
        result = self.server.judge("c", SLOW_DEATH, limits=limits)
        self.assert_verdict(result, "wall_limit")
        # 0.5 s of grace, and a busy machine.
        self.assertLess(result["tests"][0]["wall_time_ms"], 4000 + 3000)
        until(lambda: self.server.metrics()["evalx_sandboxes_in_use"] == 0, 60, "the permit is given back")

    def test_a_program_that_is_too_large_does_not_compile(self):
        result = self.server.judge("c", "char a[100 << 20] = {1};\nint main(void) { return a[5]; }\n")
        self.assertEqual(result["verdict"], "compile_error")
        self.assertIn("left no program", result["compile"]["output"])

    def test_a_large_program_runs(self):
        self.assert_verdict(self.server.judge("c", "char a[60 << 20] = {1};\nint main(void) { return a[5]; }\n"), "accepted")

    def test_many_deep_folders_of_sources_fit_into_the_box(self):
        deep = [{"path": f"f{i}/" + "d/" * 110 + "x.py", "content": ""} for i in range(200)]
        document = {"language": "python", "files": [{"path": "main.py", "content": "print(1)"}, *deep], "tests": [{}]}
        self.assert_verdict(self.server.submit(document, 30).json(), "accepted")

    def test_a_program_of_many_files_fits_into_the_box(self):
        self.need_language("java")
        classes = "".join(f"static class C{i} {{}} " for i in range(4300))
        result = self.server.judge("java", f"class Main {{ public static void main(String[] a) {{}} {classes}}}")
        self.assert_verdict(result, "accepted")

    def test_an_interpreter_that_is_none_is_a_runtime_error(self):
        source = ('const char interpreter[] __attribute__((section(".interp"))) = "/usr/bin/ldd";\n'
                  "int main(void) { return 0; }\n")
        result = self.server.judge("c", source, compiler_options=["-static"])
        self.assert_verdict(result, "runtime_error")
        self.assertIn("cannot be started", result["tests"][0]["message"])


if __name__ == "__main__":
    main()
