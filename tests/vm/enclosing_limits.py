"""Limits of the unit itself, for systemd_suite.py: they bound what the server offers, and never become a program's verdict."""

import time

from shipped_unit import (CLEAN, GROUP, INSTALLED, LIMITS, SUM, UnitTest, document, log, main_pid, programs, read, request,
                          result_of, run, script, set_limits, submit, until)

UNLIMITED = ("MemoryMax=infinity", "MemoryHigh=infinity", "TasksMax=infinity", "CPUQuota=")
# CPU time by the program's own clock, so that a slow machine changes nothing.
BURN = """while read -ra field < /proc/self/stat; do ((field[13] + field[14] >= 150)) && break; done
echo 42
"""
FORKS = """import os, time
for _ in range(6):
    if os.fork() == 0:
        time.sleep(1)
        os._exit(0)
print(42)
"""


def fill(mib):
    return {"language": "python", "tests": [{}], "limits": {"memory_kb": 900 * 1024, "cpu_time_ms": 60000, "wall_time_ms": 60000},
            "source": f"b = bytearray({mib} << 20)\nfor i in range(0, len(b), 4096): b[i] = 1\n"}


class LimitsAtTheStart(UnitTest):
    limits = ("MemoryMax=300M", "TasksMax=200", "CPUQuota=150%")
    settings = limits

    def test_offers_are_what_the_unit_leaves(self):
        offer = document("/v1/capabilities")
        self.assertEqual(offer["engine"]["max_concurrent_sandboxes"], 1)
        self.assertLess(offer["engine"]["memory_budget_mb"], 300)
        self.assertLess(offer["limits"]["memory_kb"]["maximum"], 300 * 1024)
        self.assertLess(offer["limits"]["processes"]["maximum"], 200)
        status, body = request("/v1/submissions", script("echo 42\n", memory_kb=400 * 1024))
        self.assertEqual(status, 422, body)
        self.assertIn("memory_kb", body)

    def test_doctor_lists_each_limit(self):
        limits = [word for limit in self.limits for word in ("-p", limit)]
        done = run("systemd-run", "--quiet", "--wait", "--pipe", "-p", "Delegate=yes", *limits, INSTALLED, "doctor", "--json",
                   check=False, env=CLEAN)
        for amount, file in (("300 MiB", "memory.max"), ("200", "pids.max"), ("1.50", "cpu.max")):
            self.assertRegex(done.stdout, rf"{amount} \([^)]*{file}\)")


class EnclosingLimits(UnitTest):
    settings = ("Environment=EVALX_MAX_CONCURRENT_SANDBOXES=2 EVALX_MEMORY_BUDGET_MB=4096",)

    def setUp(self):
        set_limits(*UNLIMITED)
        self.pid = main_pid()
        self.since = time.time()

    def tearDown(self):
        set_limits(*UNLIMITED)
        self.assertEqual(main_pid(), self.pid, f"the server was killed\n{log()}")

    def await_repetition(self):
        until(lambda: " is repeated" in run("journalctl", "-u", "evalx", "-o", "cat", f"--since=@{self.since}").stdout,
              "a disturbed run is repeated")

    def test_a_full_unit_is_no_memory_limit_of_a_program(self):
        set_limits("MemoryMax=300M")
        kills = self.kills()
        small = submit(script("sleep 10\necho 42\n"))
        until(lambda: programs("sleep"), "the small program runs")
        large = submit(fill(400))
        until(lambda: self.kills() > kills, "the kernel kills")
        set_limits("MemoryMax=infinity")
        self.expect_result(small)
        result = result_of(large)
        self.assertEqual(result["verdict"], "accepted", f"{result}\n{log()}")

    def kills(self):
        events = dict(line.split() for line in read(GROUP + "/memory.events").splitlines())
        return int(events["oom_kill"])

    def test_the_kernel_kills_programs_before_the_server(self):
        score = self.expect(script("cat /proc/self/oom_score_adj\n", "1000\n"))
        self.assertEqual(score["tests"][0]["stdout"], "1000\n")
        self.assertEqual(read(f"/proc/{self.pid}/oom_score_adj"), "-500")

    def test_a_program_that_fills_its_own_limit_gets_its_verdict(self):
        own = fill(200)
        own["limits"]["memory_kb"] = 32 * 1024
        self.expect(own, "memory_limit")

    def test_a_full_process_limit_of_the_unit_is_no_process_limit(self):
        self.expect(SUM)
        set_limits(f"TasksMax={int(read(GROUP + '/pids.current')) + 4}")
        token = submit({"language": "python", "source": FORKS, "tests": [{"expected_output": "42\n"}], "limits": LIMITS})
        self.await_repetition()
        set_limits("TasksMax=infinity")
        # The repetition may meet the limit as well: then the attempt is a fault of evalX, and there is another.
        result = result_of(token)
        self.assertEqual(result["verdict"], "accepted", f"{result}\n{log()}")
        self.assertLessEqual(result["attempt"], 2)

    def test_a_quota_extends_the_wall_limit(self):
        self.expect(SUM)
        set_limits("CPUQuota=30%")
        burn = script(BURN, wall_time_ms=5000)
        for token in [submit(burn), submit(burn)]:
            self.expect_result(token)

    def test_a_frozen_unit_extends_the_wall_limit(self):
        token = submit(script("echo 42\nsleep 3\n", wall_time_ms=5000))
        until(lambda: programs("sleep"), "the program runs")
        run("systemctl", "freeze", "evalx")
        time.sleep(6)  # The length of the freeze, which is under test.
        run("systemctl", "thaw", "evalx")
        result = self.expect_result(token)
        self.assertLess(result["tests"][0]["wall_time_ms"], 6000, "lost time is counted as the program's")

    def test_a_throttled_program_gives_no_wall_limit(self):
        self.expect(SUM)
        set_limits(f"MemoryHigh={int(read(GROUP + '/memory.current')) + (30 << 20)}")
        submission = fill(150)
        submission["limits"]["wall_time_ms"] = 5000
        token = submit(submission)
        self.await_repetition()
        set_limits("MemoryHigh=infinity")
        result = result_of(token)
        self.assertEqual(result["verdict"], "accepted", f"{result}\n{log()}")
