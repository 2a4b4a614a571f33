"""`evalx jobs` shows an operator which jobs are dead and why, and queues them again."""

import json
import os
import socket
import sqlite3
import subprocess
import unittest

from evalx_server import BINARY, Server, main, run_evalx
from handwritten_jobs import GOOD, HandWriter
from redis_server import needs_redis

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLLsw"
UNKNOWN = "5e0a3b52-6f0e-4b0c-9d0f-0a4f4f2f2f11"
LONG = {"language": "python", "source": "import time\ntime.sleep(60)\n", "tests": [{}],
        "limits": {"cpu_time_ms": 1000, "wall_time_ms": 60000}}


def run_unprivileged(*arguments):
    """Runs `evalx jobs` as a user without privileges and without a home directory."""
    return subprocess.run([BINARY, "jobs", *arguments], user=12345, group=12345, extra_groups=[], capture_output=True,
                          text=True, timeout=20, check=False, env={}, cwd="/")


class JobsTest(unittest.TestCase):
    def jobs(self, *arguments, code=0):
        run = run_evalx("jobs", *arguments)
        self.assertEqual(run.returncode, code, (run.stdout, run.stderr))
        return run

    def listed(self, *arguments):
        return json.loads(self.jobs(*arguments, "--json").stdout)

    def expect_complaint(self, run, *words):
        self.assertEqual(run.stderr.count("\n"), 1, run.stderr)
        for word in words:
            self.assertIn(word, run.stderr)


@needs_redis
class OverRedis(HandWriter, JobsTest):
    def test_dead_job_is_listed_shown_and_redriven(self):
        where = ("--queue", self.redis.url)
        token = self.write({**GOOD, "language": "klingon"})
        self.assertEqual(self.server.result_of(token)["verdict"], "internal_error")
        row = next(job for job in self.listed(*where) if job["token"] == token)
        self.assertEqual((row["state"], row["attempts"], row["stuck"]), ("dead", 1, False))
        self.assertEqual(row["last_failure"]["kind"], "rejected")
        text = self.jobs("list", *where, "--state", "dead").stdout
        self.assertRegex(text, token + r"  dead +1 +0 +\d+ d \d+ h  .*unknown language klingon")
        shown = self.jobs("show", token, *where).stdout
        self.assertRegex(shown, r"(?m)^state +dead$")
        self.assertRegex(shown, r"(?m)^\S+Z  rejected +1  \S+  .*unknown language klingon$")

        self.redis_cli("SET", "{evalx}:spec:" + token, json.dumps(GOOD))  # Repairs the spec.
        self.assertEqual(self.jobs("redrive", token, *where).stdout, "1 job is queued again\n")
        self.assertEqual(self.server.result_of(token)["verdict"], "accepted")
        self.assertNotIn(token, [job["token"] for job in self.listed(*where)])
        self.expect_complaint(self.jobs("redrive", token, *where, code=1), token, "no dead job")
        record = json.loads(self.jobs("show", token, *where, "--json").stdout)
        self.assertEqual((record["state"], len(record["failures"])), ("done", 1))

    def test_redrive_all_dead_requeues_every_dead_job(self):
        where = ("--queue", self.redis.url)
        tokens = [self.write({**GOOD, "language": "klingon"}) for _ in range(3)]
        for token in tokens:
            self.server.result_of(token)
            self.redis_cli("SET", "{evalx}:spec:" + token, json.dumps(GOOD))
        run = run_unprivileged("--queue", self.redis.url, "--json")
        self.assertEqual({job["token"] for job in json.loads(run.stdout)}, set(tokens), run.stderr)
        self.assertIn("3 jobs are queued again", self.jobs("redrive", "--all-dead", *where).stdout)
        for token in tokens:
            self.assertEqual(self.server.result_of(token)["verdict"], "accepted")
        self.assertEqual(self.listed(*where, "--state", "dead"), [])

    def test_callbacks_are_listed_and_resent_while_servers_run(self):
        where = ("--queue", self.redis.url)
        flags = ("--webhook-secrets", SECRET, "--allow-private-callbacks")
        with socket.socket() as silent, Server(*where, *flags) as server:
            silent.bind(("127.0.0.1", 0))  # Does not listen: every attempt to connect is refused.
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/done"
            token = server.submit({**GOOD, "callback_url": url}, wait=30).json()["token"]
            [listed] = self.listed("callbacks", *where)
            self.assertEqual((listed["token"], listed["url"]), (token, url))
            self.assertIn(self.listed("callbacks", token, *where)["state"], ("waiting", "sending"))
            self.assertRegex(self.jobs("show", token, *where).stdout, r"(?m)^callback +(waiting|sending), \d attempts?")
            self.assertEqual(self.jobs("resend", token, *where).stdout, "1 callback is due again\n")
            self.expect_complaint(self.jobs("resend", UNKNOWN, *where, code=1), UNKNOWN, "no ended job with a callback")
            self.assertEqual(self.jobs("resend", "--all-dead", *where).stdout, "0 callbacks are due again\n")

    def test_errors_take_one_line_and_a_wrong_command_line_names_the_help(self):
        self.expect_complaint(self.jobs("--queue", "redis://127.0.0.1:1/0", code=1), "127.0.0.1:1")
        self.expect_complaint(self.jobs("show", UNKNOWN, "--queue", self.redis.url, code=1), "no such job")
        for wrong in (("--state", "lost"), ("--limit", "0"), ("redrive",), ("show",), ("lst",)):
            self.assertIn("Try: evalx jobs", self.jobs(*wrong, code=2).stderr)


class OverSqlite(JobsTest):
    def test_lists_beside_a_running_server_and_redrives_after_it_stopped(self):
        with Server("--drain-grace-seconds", "0") as server:
            where = ("--data-dir", server.data)
            token = server.submit(LONG).json()["token"]
            self.assertEqual(self.listed(*where), [], "a running job is not listed by default")
            mine = [job for job in self.listed(*where, "--state", "all") if job["token"] == token]
            self.assertEqual(len(mine), 1)
            self.assertIn(mine[0]["state"], ("queued", "leased"))
            refused = self.jobs("redrive", token, *where, code=1)
            self.expect_complaint(refused, "in use by another evalx", "stop that server")

            self.assertEqual(server.stop(), 0, server.log())
            self.bury(server, token, json.dumps(GOOD))
            rows = self.listed(*where)
            self.assertEqual([(row["token"], row["state"]) for row in rows], [(token, "dead")])
            self.assertEqual(rows[0]["last_failure"]["cause"], "the disk was away")
            self.assertIn("the disk was away", self.jobs("show", token, *where).stdout)
            self.assertEqual(self.jobs("redrive", "--all-dead", *where).stdout, "1 job is queued again\n")
            self.assertEqual(self.listed(*where), [])
            owner = os.stat(server.data).st_uid
            for name in os.listdir(os.path.join(server.data, "queue")):
                self.assertEqual(os.stat(os.path.join(server.data, "queue", name)).st_uid, owner, name)

            server.start()
            self.assertEqual(server.result_of(token)["verdict"], "accepted", server.log())

    def test_callbacks_are_listed_beside_a_server_and_resent_after_it_stopped(self):
        with socket.socket() as silent, Server("--webhook-secrets", SECRET, "--allow-private-callbacks") as server:
            silent.bind(("127.0.0.1", 0))  # Does not listen: every attempt to connect is refused.
            receiver = f"http://127.0.0.1:{silent.getsockname()[1]}"
            where = ("--data-dir", server.data)
            token = server.submit({**GOOD, "callback_url": receiver + "/done?key=s3cr3t"}, wait=30).json()["token"]
            [listed] = json.loads(self.jobs("callbacks", *where, "--json").stdout)
            self.assertEqual((listed["token"], listed["receiver"]), (token, receiver))
            self.assertIn(listed["state"], ("waiting", "sending"))
            table = self.jobs("callbacks", *where).stdout
            self.assertRegex(table, rf"(?m)^{token}  (waiting|sending) ")
            self.assertIn("\n1 dead or waiting callback\n", table)
            self.assertNotIn("s3cr3t", table, "a URL may contain a secret")
            self.assertEqual(self.jobs("callbacks", "--state", "dead", *where).stdout, "No dead callbacks.\n")
            self.assertRegex(self.jobs("callbacks", token, *where).stdout, rf"(?m)^URL +{receiver}/done\?key=s3cr3t$")
            self.assertRegex(self.jobs("show", token, *where).stdout, r"(?m)^callback +(waiting|sending), \d attempts?")
            self.assertEqual(json.loads(self.jobs("show", token, *where, "--json").stdout)["callback"]["token"], token)
            refused = self.jobs("resend", token, *where, code=1)
            self.expect_complaint(refused, "in use by another evalx", "stop that server")
            self.expect_complaint(self.jobs("callbacks", UNKNOWN, *where, code=1), UNKNOWN, "no job with a callback")

            self.assertEqual(server.stop(), 0, server.log())
            with sqlite3.connect(os.path.join(server.data, "queue", "queue.db")) as database:
                database.execute("UPDATE callback SET state = 4, attempt = 8, due_us = NULL, ended_us = since_us + 1, "
                                 "words = 'the receiver answered 410' WHERE token = ?", (token,))
            database.close()
            table = self.jobs("callbacks", "--state", "dead", *where).stdout
            self.assertRegex(table, rf"(?m)^{token}  dead +8  {receiver} .* ago  the receiver answered 410$")
            self.expect_complaint(self.jobs("resend", UNKNOWN, *where, code=1), UNKNOWN, "no ended job with a callback")
            self.assertEqual(self.jobs("resend", "--all-dead", *where).stdout, "1 callback is due again\n")
            again = json.loads(self.jobs("callbacks", token, *where, "--json").stdout)
            self.assertEqual((again["state"], again["attempts"], again["ended_at"]), ("waiting", 0, None))
            for wrong in (("callbacks", "--state", "lost"), ("callbacks", token, "--state", "dead"), ("resend",),
                          ("resend", token, "--all-dead"), ("--state", "dead", "callbacks")):
                self.assertIn("Try: evalx jobs", self.jobs(*wrong, code=2).stderr)

    def bury(self, server, token, spec):
        """Stores the job as three faults would leave it, with a spec that ends."""
        with sqlite3.connect(os.path.join(server.data, "queue", "queue.db")) as database:
            number, = database.execute("SELECT id FROM job WHERE token = ?", (token,)).fetchone()
            database.execute("UPDATE job SET state = 4, attempt = 3, finished_at_us = accepted_at_us + 1 WHERE id = ?",
                             (number,))
            # Without digests, as an older release stored jobs.
            database.execute("DELETE FROM digest WHERE token = ?", (token,))
            database.execute("UPDATE spec SET body = ? WHERE id = ?", (spec.encode(), number))
            database.execute("INSERT OR REPLACE INTO result VALUES (?, ?)", (number, b'{"verdict":"internal_error"}'))
            database.execute("INSERT INTO failure SELECT token, accepted_at_us, 'fault', 3, 'epoch 1', "
                             "'the disk was away' FROM job WHERE id = ?", (number,))
        database.close()

    def test_missing_queue_is_reported(self):
        self.expect_complaint(self.jobs("--data-dir", "/nonexistent", code=1), "/nonexistent/queue", "--data-dir")

    def test_missing_permission_is_reported(self):
        with Server() as server:
            os.chmod(server.data, 0o700)
            run = run_unprivileged("--data-dir", server.data)
            self.assertEqual(run.returncode, 1, run.stderr)
            self.expect_complaint(run, server.data, "only its owner and root may")


if __name__ == "__main__":
    main()
