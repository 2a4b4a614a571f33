"""A unit that cannot judge, a hostile program, and the end of a unit during a job, for systemd_suite.py."""

import re

from shipped_unit import (INSTALLED, SUM, UnitTest, configure, document, log, main_pid, metric, programs, request, result_of, run,
                          script, slots_group, start, submit, until, wait_until_ready)

# Memory areas that the kernel cannot merge, copied by each fork: seconds of work to take down.
SLOW_DEATH = """import ctypes, mmap, os, time
areas, page = 2000, 4096
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
start = libc.mmap(None, ctypes.c_size_t(areas * page), 3, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, ctypes.c_long(0))
for i in range(0, areas, 2):
    libc.mprotect(ctypes.c_void_p(start + i * page), ctypes.c_size_t(page), 1)
for _ in range(60):
    if os.fork() == 0: break
time.sleep(1000)
"""


class Trouble(UnitTest):
    settings = ()

    def test_low_limit_of_open_files_is_refused_with_its_cure(self):
        run("systemctl", "stop", "evalx")
        configure("LimitNOFILE=256")
        run("systemctl", "start", "evalx")
        until(lambda: "LimitNOFILE=" in log(), "the log names the cure")
        run("systemctl", "stop", "evalx")
        self.assertIn("inherited limits are too low", log())
        run("systemctl", "reset-failed", "evalx", check=False)
        start()

    def test_a_server_that_cannot_judge_keeps_its_jobs_and_judges_them_later(self):
        self.expect(SUM)
        group = slots_group()
        self.limit_processes(group, "0")
        tokens = [submit(script(f"echo {number}\n", f"{number}\n")) for number in range(6)]
        reason = until(lambda: document("/readyz").get("reasons"), "the server is not ready")
        self.assertIn("cannot run programs", reason[0])
        self.limit_processes(group, "max")
        until(lambda: request("/readyz")[0] == 200, "a self-test passes, after a back-off of up to five minutes", 400)
        for token in tokens:
            result = result_of(token)
            self.assertEqual(result["verdict"], "accepted", result)
            self.assertLessEqual(result["attempt"], 2, result)
        self.assertEqual(metric("evalx_dead_letters_total"), 0)

    def limit_processes(self, group, limit):
        with open(group + "/pids.max", "w") as file:
            file.write(limit)

    def test_processes_that_die_slowly_do_not_delay_the_answer(self):
        limits = {"wall_time_ms": 15000, "cpu_time_ms": 60000, "memory_kb": 900 * 1024, "processes": 200}
        result = self.expect({"language": "python", "source": SLOW_DEATH, "tests": [{}], "limits": limits}, "wall_limit")
        self.assertLess(result["tests"][0]["wall_time_ms"], 15000 + 4000)
        self.assertEqual(metric('evalx_sandbox_slots_replaced_total{reason="fault"}'), 0)
        self.expect(SUM)
        until(lambda: metric("evalx_sandboxes_in_use") == 0, "the permit is given back")


class Killed(UnitTest):
    """The unit ends while a program runs."""

    settings = ()
    LONG = script("sleep 12\necho 42\n")

    def await_program(self):
        until(lambda: programs("sleep"), "the program runs")

    def test_restarts_and_kills_charge_no_death(self):
        def drains():
            return log(5000).count("draining")

        token = submit(self.LONG)
        self.await_program()
        before = drains()
        for times in (1, 2):
            pid = main_pid()
            run("systemctl", "kill", "-s", "TERM", "--kill-who=main", "evalx")
            until(lambda times=times: drains() == before + times, "the server drains")
            run("systemctl", "kill", "-s", "KILL", "evalx")
            until(lambda pid=pid: main_pid() not in (0, pid), "systemd starts the server again")
            wait_until_ready()
            self.await_program()
        run("systemctl", "restart", "evalx")
        wait_until_ready()
        self.expect_result(token)

    def test_the_unit_waits_longer_than_the_server_drains(self):
        stop = run("systemctl", "show", "-P", "TimeoutStopUSec", "evalx").stdout.strip()
        grace = re.search(r"--drain-grace-seconds .*\[(\d+)\]", run(INSTALLED, "serve", "--help").stdout)
        self.assertGreater(int(stop.removesuffix("s")), int(grace[1]) + 5)
