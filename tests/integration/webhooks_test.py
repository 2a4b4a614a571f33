"""Webhooks: the receivers of docs/webhooks.md accept what is signed with their secret now, and nothing else; no message of
evalX repeats a secret."""

import base64
import hashlib
import hmac
import http.client
import json
import os
import re
import select
import shutil
import subprocess
import tempfile
import time
import unittest

from evalx_server import Server, free_port, main, run_evalx, until

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "webhooks.md")
LINES_MAX = 12
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLLsw"
OTHER_SECRET = "whsec_c2VjcmV0IG51bWJlciB0d28sIDMyIGJ5dGVzIGxvbmc="
BODY = json.dumps({"token": "t", "status": "finished", "verdict": "accepted", "message": "größer"}, ensure_ascii=False).encode()


def program_of_page(language):
    with open(PAGE, encoding="utf-8") as page:
        [program] = re.findall(rf"^```{language}\n(.*?)^```$", page.read(), re.S | re.M)
    return program


PYTHON = ("/usr/bin/python3", "-c", program_of_page("python"))
NODE = ("node", "-e", program_of_page("javascript"))


def signature(secret, name, sent, body):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, b".".join((name.encode(), str(sent).encode(), body)), hashlib.sha256)
    return "v1," + base64.b64encode(mac.digest()).decode()


class Receiver:
    """One program of the page, on a port of its own."""

    def __init__(self, *command):
        self.port = free_port()
        environment = {**os.environ, "PORT": str(self.port), "WEBHOOK_SECRET": SECRET}
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        until(self.is_ready, 20, "the receiver listens")

    def is_ready(self):
        try:
            return self.post(BODY, {}) == 401
        except OSError:
            return False

    def post(self, body, headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", "/done?x=1", body=body, headers=headers)
            return connection.getresponse().status
        finally:
            connection.close()

    def send(self, name="t-2", sent=None, body=BODY, secrets=(SECRET,), signed_body=None):
        sent = int(time.time()) if sent is None else sent
        signatures = [signature(secret, name, sent, body if signed_body is None else signed_body) for secret in secrets]
        return self.post(body, {"webhook-id": name, "webhook-timestamp": str(sent), "webhook-signature": " ".join(signatures)})

    def line(self):
        ready, _, _ = select.select([self.process.stdout], [], [], 20)
        return self.process.stdout.readline().decode().split() if ready else None

    def end(self):
        self.process.kill()
        _, errors = self.process.communicate()
        return errors.decode()


class Receivers(unittest.TestCase):
    def check(self, *command):
        receiver = Receiver(*command)
        try:
            now = int(time.time())
            self.assertEqual(receiver.send(), 204)
            self.assertEqual(receiver.line(), ["t-2", "accepted"])
            self.assertEqual(receiver.send(secrets=(OTHER_SECRET, SECRET)), 204, "one of two signatures")
            self.assertEqual(receiver.line(), ["t-2", "accepted"])
            for what, fault in (("another secret", {"secrets": (OTHER_SECRET,)}), ("an old message", {"sent": now - 400}),
                                ("a message of the future", {"sent": now + 400}), ("no signature", {"secrets": ()}),
                                ("a changed body", {"signed_body": BODY + b" "})):
                with self.subTest(what):
                    self.assertEqual(receiver.send(**fault), 401)
            good = {"webhook-id": "t", "webhook-timestamp": str(now), "webhook-signature": signature(SECRET, "t", now, BODY)}
            for name, value in (("webhook-id", "t-3"), ("webhook-timestamp", str(now + 1)), ("webhook-timestamp", "x"),
                                ("webhook-signature", good["webhook-signature"][3:]), ("webhook-signature", "v1,\xe9")):
                with self.subTest(f"{name}: {value}"):
                    self.assertEqual(receiver.post(BODY, {**good, name: value}), 401)
            self.assertEqual(receiver.send(name="last"), 204, "it still serves")
            self.assertEqual(receiver.line(), ["last", "accepted"], "nothing else was printed")
        finally:
            errors = receiver.end()
        self.assertNotIn("Traceback", errors)

    def check_with_server(self, *command):
        receiver = Receiver(*command)
        try:
            with Server("--webhook-secrets", f"{OTHER_SECRET},{SECRET}", "--allow-private-callbacks") as server:
                for source, verdict in (("print('größer')\n", "accepted"), ("1 / 0\n", "runtime_error")):
                    answer = server.submit({"language": "python", "source": source, "tests": [{}],
                                            "callback_url": f"http://127.0.0.1:{receiver.port}/done"})
                    self.assertEqual(receiver.line(), [answer.json()["token"], verdict])
        finally:
            receiver.end()

    def test_python(self):
        self.check(*PYTHON)

    def test_python_gets_the_results_of_submissions(self):
        self.check_with_server(*PYTHON)

    @unittest.skipUnless(shutil.which("node"), "node is not installed")
    def test_javascript(self):
        self.check(*NODE)

    @unittest.skipUnless(shutil.which("node"), "node is not installed")
    def test_javascript_gets_the_results_of_submissions(self):
        self.check_with_server(*NODE)

    def test_both_are_short(self):
        for language in ("python", "javascript"):
            self.assertLessEqual(program_of_page(language).count("\n"), LINES_MAX, language)


class Secrets(unittest.TestCase):
    def test_no_message_repeats_a_secret(self):
        key = "c3VwZXJzZWNyZXRzdXBlcnNlY3JldA"  # 22 bytes, without the padding.
        secret = "whsec_" + key
        with tempfile.TemporaryDirectory() as folder:
            files = []
            for number, text in enumerate((f'webhook_secrets = "{secret}"', f'webhook_secrets = "{key}"', f"webhook_secrets = {secret}",
                                           f'webhook_secrets = ["{secret}"]', f'{secret} = "x"', f'webhook_secret = "{secret}"')):
                files.append(os.path.join(folder, f"{number}.toml"))
                with open(files[-1], "w", encoding="utf-8") as file:
                    file.write(text + "\n")
            for arguments in (*(("serve", "--config", file) for file in files), ("serve", "--webhook-secrets", secret),
                              ("api", "--webhook-secrets", key), ("serve", f"--webhook-secrets={key}"), ("serve", "--webhook-secrets", secret, secret),
                              ("serve", "--webhook-secret", secret), ("serve", f"--webhook-secret={secret}"), (secret,),
                              ("jobs", secret), ("serve", "--config", secret), ("jobs", "resend", secret, "--data-dir", folder)):
                done = run_evalx(*arguments)
                self.assertNotEqual(done.returncode, 0, arguments)
                self.assertNotIn("c3Vw", done.stdout + done.stderr, arguments)


if __name__ == "__main__":
    main()
