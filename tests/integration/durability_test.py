"""A token that a client received is never lost: not by kill -9, not by SIGTERM, not under load."""

import concurrent.futures
import contextlib
import glob
import http.client
import os
import signal
import sqlite3
import threading
import unittest

from evalx_server import ENDLESS, Server, main, until
from processes import processes_with, read

SUM = "#include <stdio.h>\nint main(void) { long a, b; scanf(\"%ld %ld\", &a, &b); printf(\"%ld\\n\", a + b); }\n"


def sum_of(number):
    return {"language": "c", "source": SUM, "tests": [{"stdin": f"{number} 1\n", "expected_output": f"{number + 1}\n"}]}


def slow(number):
    return {"language": "python", "source": "import time\nnumber = input()\ntime.sleep(0.05)\nprint(number)\n",
            "tests": [{"stdin": f"{number}\n", "expected_output": f"{number}\n"}]}


class Crowd(unittest.TestCase):
    def test_three_hundred_submissions_at_once_are_all_answered(self):
        count = 300
        start = threading.Barrier(count)

        def post(number):
            start.wait()
            return server.submit(sum_of(number), wait=60)

        with Server() as server, concurrent.futures.ThreadPoolExecutor(count) as pool:
            answers = list(pool.map(post, range(count)))
            self.assertEqual({answer.status for answer in answers}, {200})
            for number, answer in enumerate(answers):
                self.assertEqual(answer.json()["verdict"], "accepted", answer.json())
                self.assertEqual(answer.json()["tests"][0]["stdout"], f"{number + 1}\n")
            self.assertEqual(len({answer.json()["token"] for answer in answers}), count)
            self.assertEqual(sum(not answer.json()["compile"]["cached"] for answer in answers), 1,
                             "one program is compiled once, however many requests need it")


class Crash(unittest.TestCase):
    COUNT = 60

    def test_kill_9_under_load_loses_no_submission(self):
        with Server() as server:
            tokens = self.post_until_killed(server)
            self.assertGreaterEqual(len(tokens), 20)
            server.start()
            for number, token in tokens.items():
                result = server.result_of(token)
                self.assertEqual(result["verdict"], "accepted", (result, server.log()))
                self.assertEqual(result["tests"][0]["stdout"], f"{number}\n")
            self.assertGreater(server.metrics()['evalx_jobs_total{event="recovered"}'], 0)

    def post_until_killed(self, server):
        """Posts COUNT submissions from several clients and kills the server after half of them."""
        tokens = {}
        enough = threading.Event()

        def post(number):
            try:
                answer = server.submit(slow(number))
            except (OSError, http.client.HTTPException):
                return  # Without an answer the server promised nothing.
            self.assertEqual(answer.status, 202)
            tokens[number] = answer.json()["token"]
            if len(tokens) >= self.COUNT // 2:
                enough.set()

        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            posts = [pool.submit(post, number) for number in range(self.COUNT)]
            self.assertTrue(enough.wait(30))
            server.kill()
            for done in posts:
                done.result()
        return tokens

    def test_results_survive_kill_9(self):
        with Server() as server:
            before = server.submit(sum_of(1), wait=30).json()
            server.kill()
            server.start()
            self.assertEqual(server.result_of(before["token"]), before)

    def test_sigterm_loses_no_submission_and_charges_no_attempt(self):
        with Server() as server:
            tokens = [server.submit(slow(number)).json()["token"] for number in range(20)]
            self.assertEqual(server.stop(), 0)
            server.start()
            for number, token in enumerate(tokens):
                result = server.result_of(token)
                self.assertEqual((result["verdict"], result["attempt"]), ("accepted", 1))
                self.assertEqual(result["tests"][0]["stdout"], f"{number}\n")

    def test_stop_that_ends_in_a_kill_charges_nothing(self):
        """As `docker stop`, which kills after ten seconds, does again and again to a program that runs for longer."""
        with Server() as server:
            mark = f"evalx-test-stop-{os.getpid()}"
            document = {"language": "python", "source": "import time\ntime.sleep(4)\nprint('at last')\n",
                        "tests": [{"args": [mark]}], "limits": {"wall_time_ms": 60000}}
            token = server.submit(document).json()["token"]
            for _ in range(3):
                until(lambda: processes_with(mark), 20, "the program runs")
                server.process.send_signal(signal.SIGTERM)
                until(lambda: is_told_to_end(server), 20, "the store knows that the server was asked to end")
                server.kill()
                server.start()
            result = server.result_of(token)
            self.assertEqual((result["verdict"], result["attempt"]), ("accepted", 1), result)

    def test_server_exits_with_its_launcher_and_a_restart_judges_its_jobs(self):
        with Server() as server:
            before = server.submit(sum_of(1), wait=30).json()
            tokens = [server.submit(slow(number)).json()["token"] for number in range(8)]
            [launcher] = map(int, read(f"/proc/{server.process.pid}/task/{server.process.pid}/children").split())
            os.kill(launcher, signal.SIGKILL)
            self.assertEqual(server.process.wait(20), 1, server.log())
            until(lambda: not groups_of(launcher), 60, "the keeper has removed the launcher's cgroups")
            server.start()
            self.assertEqual(server.result_of(before["token"]), before)
            for number, token in enumerate(tokens):
                result = server.result_of(token)
                self.assertEqual(result["verdict"], "accepted", result)
                self.assertEqual(result["tests"][0]["stdout"], f"{number}\n")

    def test_programs_die_with_a_killed_server(self):
        with Server() as server:
            mark = f"evalx-test-mark-{os.getpid()}"
            server.submit({**ENDLESS, "tests": [{"args": [mark]}]})
            until(lambda: processes_with(mark), 20, "the program runs")
            server.kill()
            until(lambda: not processes_with(mark), 5, "the program is dead")


def is_told_to_end(server):
    """Without the table, in an older release: whether the server drains."""
    with contextlib.closing(sqlite3.connect(f"file:{server.data}/queue/queue.db?mode=ro", uri=True)) as store:
        try:
            return store.execute("SELECT count(*) FROM told_to_end").fetchone()[0] > 0
        except sqlite3.OperationalError:
            return server.exchange("GET", "/readyz").status == 503


def groups_of(launcher):
    return glob.glob(f"/sys/fs/cgroup/**/evalx-{launcher}-*", recursive=True)


if __name__ == "__main__":
    main()
