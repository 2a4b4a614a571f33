"""No program and no client reaches our fault counters: what they provoke has a verdict, soon after its limit."""

import contextlib
import os
import subprocess
import sys

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
# It is always ready to run, and lets others run instead.
GIVES_WAY = "#include <sched.h>\nint main(void) { for (;;) sched_yield(); }\n"


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

    @contextlib.contextmanager
    def busy_machine(self):
        """Two processes outside of evalX that compute, for each CPU."""
        others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2 * os.cpu_count())]
        try:
            yield
        finally:
            for other in others:
                other.kill()
                other.wait()

    def test_a_program_that_gives_its_time_away_reaches_its_own_wall_limit(self):
        limits = {"wall_time_ms": 1500, "cpu_time_ms": 10000}
        with self.busy_machine():
            self.assert_verdict(self.server.judge("c", GIVES_WAY, limits=limits), "wall_limit")
        self.assertEqual(self.server.metrics()['evalx_jobs_total{event="retried"}'], 0)

    def test_a_program_cannot_lower_its_priority(self):
        source = "import os\ntry:\n    os.nice(19)\nexcept PermissionError:\n    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))\n"
        result = self.server.judge("python", source)
        self.assert_verdict(result, "runtime_error")
        self.assertIn("PermissionError", result["tests"][0]["stderr"])

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
