"""A submission that is not started within its `expires_after_ms` expires, and waiting clients get this result soon."""

import json
import os
import signal
import time
import unittest

from event_stream import EventStream
from evalx_server import ENDLESS, Server, main, run_evalx, until
from processes import processes_with
from redis_server import Redis, needs_redis
from roles import Api

ECHO = {"language": "python", "source": "print(input())\n", "tests": [{"stdin": "7\n", "expected_output": "7\n"}]}
PATIENCE_MS = 400  # `expires_after_ms` of a submission that expires while it waits.
AWAY_MS = 3000  # The same for one that expires while the server is down.
HELD_PER_SANDBOX = 2  # A worker leases two jobs for each sandbox and starts the second when the sandbox is free.
NOTICE_SECONDS = 1.5  # After the deadline; the sweep runs twice a second.


class Expiry:
    """Checks for every server, with or without workers."""

    def expect_expired(self, server):
        began = time.monotonic()
        answer = server.submit({**ECHO, "expires_after_ms": PATIENCE_MS}, wait=20)
        took = time.monotonic() - began
        self.assertEqual(answer.status, 200, answer.body)
        self.assertGreaterEqual(took, PATIENCE_MS / 1000)
        self.assertLess(took, PATIENCE_MS / 1000 + NOTICE_SECONDS)
        result = answer.json()
        self.assertEqual((result["verdict"], result["tests"], result["compile"], result["attempt"]), ("expired", [], None, 0))
        self.assertIn("in time", result["message"])
        self.assertGreaterEqual(result["timing_ms"]["queue"], PATIENCE_MS)
        token = result["token"]
        self.assertEqual(server.request("DELETE", f"/v1/submissions/{token}").status, 409)
        self.assertEqual(server.get(f"/v1/submissions/{token}").json(), result)
        with EventStream(server, token) as stream:
            self.assertEqual([(kind, data) for _, kind, data in stream], [("queued", {}), ("finished", {"state": "expired", "verdict": "expired"})])
        return token

    def expect_listener_notified(self, server):
        token = server.submit({**ECHO, "expires_after_ms": PATIENCE_MS}).json()["token"]
        began = time.monotonic()
        with EventStream(server, token) as stream:
            self.assertEqual([kind for _, kind, _ in stream], ["queued", "finished"])
        self.assertLess(time.monotonic() - began, PATIENCE_MS / 1000 + NOTICE_SECONDS)
        return token

    def listed(self, *where):
        run = run_evalx("jobs", "--state", "expired", "--json", *where)
        self.assertEqual(run.returncode, 0, run.stderr)
        return {job["token"]: job for job in json.loads(run.stdout)}

    def expect_notified_counted_and_listed(self, server, *where, others=()):
        tokens = {self.expect_expired(server), self.expect_listener_notified(server), *others}
        metrics = server.metrics()
        self.assertEqual((metrics['evalx_jobs_total{event="expired"}'], metrics["evalx_dead_letters_total"]), (len(tokens), 0))
        jobs = self.listed(*where)
        self.assertEqual(set(jobs), tokens)
        for job in jobs.values():
            self.assertEqual((job["state"], job["stuck"], job["attempts"]), ("expired", False, 0))
        return tokens

    def occupy(self, server):
        """Fills the one sandbox and the worker's other lease; returns the tokens."""
        tokens = [server.submit(ENDLESS).json()["token"] for _ in range(HELD_PER_SANDBOX)]
        for token in tokens:
            until(lambda token=token: server.get(f"/v1/submissions/{token}").json()["status"] == "running", 20, "the job is leased")
        return tokens

    def expect_expiry_on_serve(self, server, *where):
        holders = self.occupy(server)
        hurried = server.submit({**ECHO, "expires_after_ms": PATIENCE_MS}, headers={"Idempotency-Key": "once"})
        patient = server.submit({**ECHO, "expires_after_ms": 60_000}).json()["token"]
        self.assertEqual(server.result_of(hurried.json()["token"], 5)["verdict"], "expired")
        expired = self.expect_notified_counted_and_listed(server, *where, others=[hurried.json()["token"]])
        again = server.submit({**ECHO, "expires_after_ms": PATIENCE_MS}, headers={"Idempotency-Key": "once"})
        self.assertEqual((again.status, again.json()["verdict"]), (200, "expired"))
        self.assertEqual(again.headers["idempotency-replayed"], "true")
        for token in holders:
            server.request("DELETE", f"/v1/submissions/{token}")
        self.assertEqual(server.result_of(patient)["verdict"], "accepted")
        # A submission that starts in time may run for longer than that.
        slow = {**ECHO, "source": "import time\ntime.sleep(1.5)\nprint(input())\n", "expires_after_ms": 1000}
        self.assertEqual(server.submit(slow, wait=30).json()["verdict"], "accepted")
        self.assertEqual(server.metrics()['evalx_jobs_total{event="expired"}'], len(expired))


class OnSqlite(Expiry, unittest.TestCase):
    def test_submission_expires_while_waiting_for_a_sandbox(self):
        with Server("--max-concurrent-sandboxes", "1") as server:
            self.expect_expiry_on_serve(server, "--data-dir", server.data)

    def test_submission_expires_while_the_server_is_down(self):
        server = Server("--max-concurrent-sandboxes", "1", "--drain-grace-seconds", "0")
        with server:
            self.occupy(server)
            token = server.submit({**ECHO, "expires_after_ms": AWAY_MS}).json()["token"]
            late = time.monotonic() + AWAY_MS / 1000
            patient = server.submit({**ECHO, "expires_after_ms": 60_000}).json()["token"]
            self.assertEqual(server.get(f"/v1/submissions/{token}").json()["status"], "queued")
            self.assertEqual(server.stop(), 0)
            until(lambda: time.monotonic() > late, 10, "the submission is late")
            server.start()
            self.assertEqual(server.result_of(token, 5)["verdict"], "expired")
            self.assertEqual(server.get(f"/v1/submissions/{patient}").json()["status"], "queued")


UP_SECONDS = 5  # How long the machine seems to be up after its reboot.


class Rebooted(Server):
    """A server in a time namespace: after a restart its monotonic clock is that of a machine that has just started."""

    offset = None

    def command(self):
        if self.offset is None:
            return super().command()
        return ["unshare", "--time", "--monotonic", self.offset, "--boottime", self.offset, "--fork",
                *super().command()]

    def reboot(self):
        with open("/proc/uptime", encoding="ascii") as file:
            self.offset = str(int(UP_SECONDS - float(file.read().split()[0])))
        self.start()

    def end(self):
        """The server is a child of unshare, and not killed with it."""
        for pid in processes_with(self.data):
            os.kill(pid, signal.SIGKILL)
        self.process.wait()


class AfterAReboot(unittest.TestCase):
    def test_waiting_submission_expires_after_a_reboot(self):
        server = Rebooted("--max-concurrent-sandboxes", "1")
        self.addCleanup(server.remove)
        for _ in range(HELD_PER_SANDBOX):
            server.submit(ENDLESS)
        began = time.monotonic()
        token = server.submit({**ECHO, "expires_after_ms": PATIENCE_MS}).json()["token"]
        patient = server.submit({**ECHO, "expires_after_ms": 600_000}).json()["token"]
        server.kill()
        # The deadline must be further in the past than the machine's start.
        until(lambda: time.monotonic() - began > UP_SECONDS + PATIENCE_MS / 1000 + 2, 20, "the deadline is long over")
        server.reboot()
        try:
            self.assertEqual(server.result_of(token, 5)["verdict"], "expired")
            self.assertNotEqual(server.get(f"/v1/submissions/{patient}").json().get("verdict"), "expired")
        finally:
            server.end()


@needs_redis
class OnRedis(Expiry, unittest.TestCase):
    def test_submission_expires_while_waiting_for_a_sandbox(self):
        with Redis() as redis, Server("--queue", redis.url, "--max-concurrent-sandboxes", "1") as server:
            self.expect_expiry_on_serve(server, "--queue", redis.url)

    def test_api_without_workers_expires_submissions(self):
        with Redis() as redis, Api(redis) as api:
            where = ("--queue", redis.url)
            [token, *_] = self.expect_notified_counted_and_listed(api, *where)
            self.assertIn("no dead job has this token", run_evalx("jobs", "redrive", token, *where).stderr)


if __name__ == "__main__":
    main()
