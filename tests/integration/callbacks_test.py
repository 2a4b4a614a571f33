"""Callbacks: what a receiver gets, when it gets it again, and that no end of a server loses one."""

import contextlib
import os
import re
import signal
import time
import unittest

from evalx_server import ENDLESS, Server, main, until
from redis_server import Redis, needs_redis
from roles import Api, Worker
from webhook_receiver import CLOSE, HANG, OLD_SECRET, SECRET, Receiver

ON = {"EVALX_WEBHOOK_SECRETS": SECRET, "EVALX_ALLOW_PRIVATE_CALLBACKS": "true"}
ECHO = {"language": "python", "source": "print(input())\n", "tests": [{"stdin": "7\n", "expected_output": "7\n"}]}
TEXT = {"language": "text", "source": "7", "tests": [{"expected_output": "7"}]}
ATTEMPTS = 'evalx_callback_attempts_total{outcome="%s"}'
PER_LANE = 4  # Callbacks to one receiver at the same time.
FIRST_RETRY_SECONDS = (3.7, 6.3)
HEAD_SECONDS = 15  # How long an attempt waits for the answer.
LEASE_SECONDS = 15
GRACE_SECONDS = 5  # How long a stopping server waits for attempts.


class CallingServer(Server):
    def __init__(self, *arguments, more=None):
        self.environment = {**ON, **(more or {})}
        super().__init__(*arguments)


class CallingApi(Api):
    environment = ON


class Callbacks:
    """Tests for every store. serving() is a context with a server."""

    def setUp(self):
        self.receiver = self.enterContext(Receiver())

    def submit(self, server, document, path="/done", receiver=None, **more):
        url = (receiver or self.receiver).url(path)
        answer = server.submit({**document, "callback_url": url, **more})
        self.assertEqual(answer.status, 202, answer.body)
        return answer.json()["token"]

    def until_delivered(self, *tokens, seconds=30):
        until(lambda: set(tokens) <= self.receiver.delivered(), seconds, "the callbacks are delivered")

    def until_counted(self, server, outcome, count):
        until(lambda: server.metrics()[ATTEMPTS % outcome] == count, 20, f"{count} callbacks are {outcome}")

    def expect_as_get(self, server, *tokens):
        """Every request of these tokens is signed, and has the bytes of GET's answer."""
        for token in tokens:
            shown = server.get(f"/v1/submissions/{token}")
            for one in self.receiver.of(token):
                self.assertEqual(one.body, shown.body)
                self.assertEqual(one.headers["content-type"], shown.media_type)
                self.assertEqual(one.id, token)
        self.assertEqual(self.receiver.wrong, [])

    def test_result_is_delivered_once_as_get_returns_it(self):
        with self.serving() as server:
            token = self.submit(server, ECHO, "/done?job=1")
            self.until_delivered(token)
            self.expect_as_get(server, token)
            self.until_counted(server, "delivered", 1)
            until(lambda: server.metrics()["evalx_callbacks_waiting"] == 0, 5, "no callback waits")
            self.assertEqual([one.path for one in self.receiver.seen()], ["/done?job=1"])
            self.assertIn('"verdict":"accepted"', self.receiver.seen()[0].body.decode().replace(" ", ""))
            self.assertEqual(server.metrics()["evalx_callback_attempt_seconds_count"], 1)

    def test_cancelled_and_expired_submissions_call_back(self):
        with self.serving("--max-concurrent-sandboxes", "1") as server:
            running = [self.submit(server, ENDLESS) for _ in range(2)]
            for token in running:
                until(lambda token=token: server.get(f"/v1/submissions/{token}").json()["status"] == "running", 20, "it runs")
            expired = self.submit(server, ECHO, expires_after_ms=300)
            waiting = self.submit(server, ECHO)
            self.until_delivered(expired)
            self.assertEqual(self.receiver.delivered(), {expired}, "the others have not ended")
            cancelled = [waiting, *running]
            for token in cancelled:
                self.assertIn(server.request("DELETE", f"/v1/submissions/{token}").status, (200, 202))
            self.until_delivered(*cancelled)
            self.expect_as_get(server, expired, *cancelled)
            verdicts = {token: server.result_of(token)["verdict"] for token in (expired, *cancelled)}
            self.assertEqual(verdicts, {expired: "expired", **dict.fromkeys(cancelled, "cancelled")})

    def test_kill_9_between_the_end_and_the_call_loses_nothing(self):
        self.receiver.behave = lambda received: HANG
        with self.serving() as server:
            held = [self.submit(server, TEXT) for _ in range(PER_LANE)]
            until(lambda: len(self.receiver.seen()) == PER_LANE, 30, "the receiver holds the lane")
            last = self.submit(server, ECHO)
            self.assertEqual(server.result_of(last)["verdict"], "accepted")
            server.kill()
            self.receiver.behave = lambda received: 204
            self.assertEqual(self.receiver.of(last), [], "it was not called yet")
            server.start()
            self.until_delivered(last, *held, seconds=60)
            self.expect_as_get(server, last, *held)

    def test_an_outcome_is_not_lost_with_the_server(self):
        """kill -9 in the middle of a call: the same message comes again, and is not charged."""
        self.receiver.behave = lambda received: HANG
        with self.serving() as server:
            token = self.submit(server, ECHO)
            until(self.receiver.seen, 30, "the call is under way")
            server.kill()
            self.receiver.behave = lambda received: 503
            server.start()
            until(lambda: len(self.receiver.of(token)) == 2, 60, "it is called again")
            self.receiver.behave = lambda received: 204
            self.until_delivered(token)
            waited = self.receiver.of(token)[2].at - self.receiver.of(token)[1].at
            self.assertLess(waited, FIRST_RETRY_SECONDS[1] + 4, "the wait after a first attempt")
            self.expect_as_get(server, token)

    def test_a_stored_address_that_is_private_now_is_not_called(self):
        self.receiver.behave = lambda received: 500
        with self.serving() as server:
            token = self.submit(server, ECHO)
            self.until_counted(server, "retry", 1)
            self.assertEqual(server.stop(), 0)
            server.environment = {"EVALX_WEBHOOK_SECRETS": SECRET}
            server.start()
            self.until_counted(server, "dead", 1)
            self.assertEqual(len(self.receiver.of(token)), 1)
            self.assertIn("loopback", server.log())


class OnSqlite(Callbacks, unittest.TestCase):
    def serving(self, *arguments, **more):
        return CallingServer(*arguments, more=more)

    def test_failed_attempts_are_made_again(self):
        first = {"/fails": 500, "/busy": (503, {"Retry-After": "8"}), "/closes": CLOSE, "/hangs": HANG}

        def behave(received):
            is_first = len(self.receiver.of(received.token)) == 1
            return first[received.path] if is_first else 200

        self.receiver.behave = behave
        with self.serving() as server:
            tokens = {path: self.submit(server, TEXT, path) for path in first}
            self.until_delivered(*tokens.values(), seconds=45)
            self.expect_as_get(server, *tokens.values())
            least, most = FIRST_RETRY_SECONDS
            for path, token in tokens.items():
                with self.subTest(path):
                    one, two = self.receiver.of(token)
                    waited = two.at - one.at - (HEAD_SECONDS if path == "/hangs" else 0)
                    self.assertGreater(waited, 8 if path == "/busy" else least)
                    self.assertLess(waited, 15 if path == "/busy" else most + 4)
                    self.assertLessEqual(int(one.headers["webhook-timestamp"]), int(two.headers["webhook-timestamp"]))
            self.until_counted(server, "delivered", 4)
            self.assertEqual(server.metrics()[ATTEMPTS % "retry"], 4)

    def test_a_receiver_that_does_not_want_it_is_not_asked_again(self):
        actions = {"/gone": 410, "/moved": (302, {"Location": self.receiver.url("/there?key=hidden")}), "/never": 404}
        self.receiver.behave = lambda received: actions[received.path.split("?")[0]]
        with self.serving() as server:
            for path in actions:
                self.submit(server, TEXT, path + "?key=hidden")
            self.until_counted(server, "dead", len(actions))
            self.assertEqual(sorted(one.path for one in self.receiver.seen()), [path + "?key=hidden" for path in sorted(actions)])
            until(lambda: server.metrics()["evalx_callbacks_waiting"] == 0, 5, "no callback waits")
            self.assertNotIn("hidden", server.log())
            self.assertNotIn(SECRET.removeprefix("whsec_"), server.log())

    def test_a_drain_waits_for_calls_but_not_for_long(self):
        self.receiver.behave = lambda received: HANG
        with self.serving() as server:
            token = self.submit(server, ECHO)
            until(self.receiver.seen, 30, "the call is under way")
            began = time.monotonic()
            self.assertEqual(server.stop(), 0)
            took = time.monotonic() - began
            self.assertGreater(took, GRACE_SECONDS - 1)
            self.assertLess(took, GRACE_SECONDS + 5)
            self.receiver.behave = lambda received: 204
            server.start()
            self.until_delivered(token, seconds=10)

    def test_second_signal_ends_calls_at_once(self):
        self.receiver.behave = lambda received: HANG
        with self.serving() as server:
            token = self.submit(server, ECHO)
            until(self.receiver.seen, 30, "the call is under way")
            server.process.send_signal(signal.SIGTERM)
            until(lambda: "draining" in server.log(), 5, "the server drains")
            began = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(server.process.wait(10), 0)
            self.assertLess(time.monotonic() - began, GRACE_SECONDS - 1)
            self.receiver.behave = lambda received: 204
            server.start()
            self.until_delivered(token, seconds=10)

    def test_a_receiver_that_hangs_delays_no_other(self):
        with Receiver(lambda received: HANG) as silent, self.serving() as server:
            for _ in range(2 * PER_LANE):
                self.submit(server, TEXT, receiver=silent)
            until(lambda: len(silent.seen()) == PER_LANE, 20, "calls hang")
            began = time.monotonic()
            self.until_delivered(*(self.submit(server, TEXT) for _ in range(20)), seconds=HEAD_SECONDS - 5)
            self.assertLess(time.monotonic() - began, HEAD_SECONDS - 5)
            self.assertEqual(len(silent.seen()), PER_LANE, "at most so many at the same time")
            silent.behave = lambda received: 204

    def test_either_secret_verifies_during_a_rotation(self):
        self.receiver.secrets = (SECRET, OLD_SECRET)
        with self.serving(EVALX_WEBHOOK_SECRETS=f"{SECRET},{OLD_SECRET}") as server:
            token = self.submit(server, ECHO)
            self.until_delivered(token)
            self.assertEqual(self.receiver.wrong, [])
            self.assertEqual(len(self.receiver.seen()[0].headers["webhook-signature"].split(" ")), 2)

    def test_large_results_are_delivered_whole(self):
        loud = {"language": "python", "source": f"print('x y' * {3 * 2 ** 20}, end='')\n", "tests": [{}],
                "limits": {"output_kb": 16 * 1024}}
        with self.serving() as server:
            tokens = [self.submit(server, loud) for _ in range(2)]
            self.until_delivered(*tokens, seconds=90)
            self.expect_as_get(server, *tokens)
            self.assertGreater(len(self.receiver.seen()[0].body), 9 * 2 ** 20)

    def test_without_secrets_waiting_callbacks_are_kept_and_named(self):
        self.receiver.behave = lambda received: 500
        with self.serving() as server:
            token = self.submit(server, ECHO)
            self.until_counted(server, "retry", 1)
            self.assertEqual(server.stop(), 0)
            server.environment = {}
            server.start()
            until(lambda: server.metrics()["evalx_callbacks_waiting"] == 1, 10, "it is counted")
            self.assertIn("webhook_secrets is not set", server.log())
            server.stop()
            self.receiver.behave = lambda received: 204
            server.environment = ON
            server.start()
            self.until_delivered(token)

    def test_without_certificates_http_still_works_and_the_log_names_the_cure(self):
        with self.serving(SSL_CERT_FILE="/nowhere", SSL_CERT_DIR="/nowhere") as server:
            self.until_delivered(self.submit(server, ECHO))
            self.assertEqual(len(re.findall("ca-certificates", server.log())), 1)


class RenamingServer(Server):
    """A server for which hooks.example is this machine: in its own /etc/hosts."""

    environment = {"EVALX_WEBHOOK_SECRETS": SECRET}
    receiver = None

    def command(self):
        hosts = os.path.join(self.folder, "hosts")
        with open(hosts, "w", encoding="ascii") as file:
            file.write(f"{self.receiver.host} hooks.example\n::ffff:{self.receiver.host} mapped.example\n"
                       "169.254.169.254 metadata.example\n")
        mount = 'mount --bind "$0" /etc/hosts && exec "$@"'
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", mount, hosts, *super().command()]


class Private(unittest.TestCase):
    def test_a_name_of_a_private_address_is_not_called(self):
        names = ("hooks", "mapped", "metadata")
        with Receiver() as receiver:
            RenamingServer.receiver = receiver
            with RenamingServer() as server:
                for name in names:
                    url = f"http://{name}.example:{receiver.port}/"
                    self.assertEqual(server.submit({**TEXT, "callback_url": url}).status, 202)
                until(lambda: server.metrics()[ATTEMPTS % "dead"] == len(names), 20, "all are dead")
                self.assertEqual(receiver.connections, [])
                for address in (receiver.host, "169.254.169.254"):
                    self.assertIn(address, server.log())


@needs_redis
class OnRedis(Callbacks, unittest.TestCase):
    @contextlib.contextmanager
    def serving(self, *arguments):
        with Redis() as redis, CallingServer("--queue", redis.url, *arguments) as server:
            self.redis = redis
            yield server

    def test_an_outage_of_redis_loses_no_outcome(self):
        self.receiver.behave = lambda received: HANG
        with self.serving() as server:
            token = self.submit(server, ECHO)
            until(self.receiver.seen, 30, "the call is under way")
            self.redis.kill()
            until(lambda: server.get("/readyz").status == 503, 10, "the server is not ready")
            self.redis.start()
            until(lambda: server.get("/readyz").status == 200, 30, "the server is ready again")
            self.receiver.behave = lambda received: 204
            self.receiver.released.set()
            self.until_delivered(token, seconds=60)
            self.expect_as_get(server, token)

    def test_another_api_takes_over_from_a_killed_one(self):
        self.receiver.behave = lambda received: HANG
        with Redis() as redis, CallingApi(redis) as api, Worker(redis, api):
            token = self.submit(api, ECHO)
            until(self.receiver.seen, 30, "the call is under way")
            with CallingApi(redis) as other:
                api.kill()
                self.receiver.behave = lambda received: 204
                self.until_delivered(token, seconds=2 * LEASE_SECONDS + 15)
                self.expect_as_get(other, token)
                api.start()


if __name__ == "__main__":
    main()
