"""Starts the real evalx on a loopback port with its own data directory, and sends it requests.

Every answer is checked against the server's own /openapi.json: an answer with a status, media type
or field that the document does not list fails the test.
"""

import base64
import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

import jsonschema

BINARY = os.environ.get("EVALX_BINARY", "")
START_SECONDS = 30
STOP_SECONDS = 45  # More than the default drain grace.
REQUEST_SECONDS = 90
SKIPPED = 77  # CTest's SKIP_RETURN_CODE is set to this.
TOKEN = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

LONG_LIMITS = {"cpu_time_ms": 60000, "wall_time_ms": 120000}
ENDLESS = {"language": "python", "source": "while True: pass\n", "tests": [{}], "limits": LONG_LIMITS}


def until(condition, seconds, what):
    """Polls until `condition()` is true and returns its value; fails after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.005)


def own_host():
    """A random loopback address: a request to a dead server cannot reach the server of another test."""
    return f"127.{random.randint(1, 254)}.{random.randint(0, 255)}.{random.randint(1, 254)}"


def free_port(host="127.0.0.1"):
    with socket.socket() as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def make_folder():
    """A directory that the server can still enter after it gave up root."""
    folder = tempfile.mkdtemp(prefix="evalx-test-")
    os.chmod(folder, 0o755)
    return folder


def clean_environment():
    """The environment of the tests, without the variables that evalx reads as settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("EVALX_")}


def run_evalx(*arguments, seconds=20):
    """Runs an evalx command to its end; returns its CompletedProcess."""
    return subprocess.run([BINARY, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=seconds, check=False, env=clean_environment())


def complaints(done):
    """The lines that a command printed, without the log."""
    return [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith('{"time":')]


class Answer:
    """Status, headers (lower-case names) and body of a response."""

    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    def json(self):
        return json.loads(self.body)

    @property
    def media_type(self):
        return self.headers.get("content-type", "").split(";")[0]


class Contract:
    """Checks answers against the server's OpenAPI document."""

    def __init__(self, document):
        self.document = document
        self.resolver = jsonschema.RefResolver.from_schema(document)
        self.templates = [(re.compile(re.sub(r"\\{[^}]*\\}|\{[^}]*\}", "[^/]+", path) + "$"), path)
                          for path in document["paths"]]

    def resolve(self, node):
        return self.resolver.resolve(node["$ref"])[1] if "$ref" in node else node

    def check(self, instance, schema):
        validator = jsonschema.Draft202012Validator(schema, resolver=self.resolver)
        errors = [f"{list(error.absolute_path)}: {error.message[:300]}" for error in validator.iter_errors(instance)]
        if errors:
            raise AssertionError("against openapi.json: " + "; ".join(errors[:3]))

    def check_problem(self, answer):
        if answer.media_type != "application/problem+json":
            raise AssertionError(f"status {answer.status} came without a problem document: {answer.media_type}")
        self.check(answer.json(), {"$ref": "#/components/schemas/Problem"})
        if answer.json()["status"] != answer.status:
            raise AssertionError("the problem document and the response have different statuses")

    def judge(self, method, target, answer):
        """Checks status, media type and JSON of an answer; raises AssertionError with the first differences."""
        path = urllib.parse.urlsplit(target).path
        operation = next((self.document["paths"][name].get(method.lower())
                          for pattern, name in self.templates if pattern.match(path)), None)
        if operation is None:  # No such route or method: the answer must be an error.
            self.check_problem(answer)
            return
        if str(answer.status) not in operation["responses"]:
            raise AssertionError(f"{method} {path} may not answer {answer.status}: {answer.body[:300]}")
        documented = self.resolve(operation["responses"][str(answer.status)])
        content = documented.get("content")
        if content is None:
            if answer.body:
                raise AssertionError(f"{method} {path} {answer.status} has a body")
            return
        if answer.media_type not in content:
            raise AssertionError(f"{method} {path} {answer.status} came as {answer.media_type!r}")
        if answer.media_type == "application/problem+json":
            self.check_problem(answer)
        elif answer.media_type == "application/json":
            self.check(answer.json(), content[answer.media_type]["schema"])


class Server:
    """A running `evalx serve`. A context manager: leaving it stops the server, which must exit with 0."""

    environment = {}
    before_exec = None  # Called in the new process, as preexec_fn.
    role = "serve"
    has_data = True

    def __init__(self, *arguments, folder=None, contract=None):
        self.own_folder = folder is None
        self.folder = folder or make_folder()
        self.arguments = arguments
        self.host = own_host()
        self.process = None
        self.contract = contract
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if self.process.poll() is None:
                code = self.stop()
                if kind is None and code != 0:
                    raise AssertionError(f"the server exited with {code}; {self.log()}")
        finally:
            self.remove()

    def command(self):
        data = ("--data-dir", self.data) if self.has_data else ()
        return [BINARY, self.role, "--listen", f"{self.host}:{self.port}", *data, *self.arguments]

    def start(self):
        """Starts the server and waits until it is ready; a second start uses the same data directory."""
        self.port = free_port(self.host)
        self.data = os.path.join(self.folder, "data")
        self.log_path = os.path.join(self.folder, "log")
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=self.folder, env={**clean_environment(), **self.environment},
                                            preexec_fn=self.before_exec)
        try:
            until(self.is_ready, START_SECONDS, "the server is ready")
            if self.contract is None:
                self.contract = Contract(self.exchange("GET", "/openapi.json").json())
        except BaseException:
            log = self.log()
            if self.process.poll() is None:
                self.process.kill()
            self.process.wait()
            self.remove()
            raise AssertionError(f"the server did not start: {log}") from None

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError("the server ended")
        try:
            return self.exchange("GET", "/readyz").status == 200
        except OSError:
            return False

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return "its log: " + log.read()[-4000:]

    def stop(self):
        """Sends SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"SIGTERM did not end the server in {STOP_SECONDS} s; {self.log()}") from None

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def remove(self):
        if self.own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def exchange(self, method, target, body=None, headers=None):
        """Sends one request on its own connection and does not check the answer."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=REQUEST_SECONDS)
        try:
            connection.request(method, target, body=body, headers=headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def request(self, method, target, document=None, body=None, headers=None):
        """Like exchange(), but sends `document` as JSON and checks the answer against the contract."""
        headers = dict(headers or {})
        if document is not None:
            body = json.dumps(document).encode()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        answer = self.exchange(method, target, body, headers)
        self.contract.judge(method, target, answer)
        return answer

    def get(self, target):
        return self.request("GET", target)

    def submit(self, document, wait=None, headers=None):
        target = "/v1/submissions" + ("" if wait is None else f"?wait={wait}")
        return self.request("POST", target, document, headers=headers)

    def result_of(self, token, seconds=60):
        """Waits up to `seconds` for the end of the submission; returns its document."""
        answer = self.get(f"/v1/submissions/{token}?wait={seconds}")
        if answer.json()["status"] != "finished":
            raise AssertionError(f"not finished within {seconds} s: {answer.json()}; {self.log()}")
        return answer.json()

    def judge(self, language, source, tests=None, **more):
        """Submits, waits and returns the result document."""
        document = {"language": language, "source": source, "tests": tests or [{}], **more}
        answer = self.submit(document, wait=30)
        if answer.status not in (200, 202):
            raise AssertionError(f"refused: {answer.body[:500]}")
        result = answer.json()
        return result if result["status"] == "finished" else self.result_of(result["token"])

    def metrics(self):
        """Every sample of /metrics: {'name{label="value"}': number}."""
        samples = {}
        for line in self.get("/metrics").body.decode().splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                samples[name] = float(value)
        return samples

    def languages(self):
        return {language["id"]: language for language in self.get("/v1/languages").json()["languages"]}


class ServerTest(unittest.TestCase):
    """A test class whose tests share one server, which must exit with 0 at the end."""

    arguments = ()
    longMessage = True

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.arguments)

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None, None, None)

    def assert_verdict(self, result, verdict, index=0):
        self.assertEqual(result["verdict"], verdict, result)
        if result["tests"]:
            self.assertEqual(result["tests"][index]["verdict"], verdict, result)

    def need_language(self, name):
        language = self.server.languages()[name]
        if not language["available"]:
            self.skipTest(f"{name}: {language['missing']}")


def encode(data):
    return base64.b64encode(data).decode()


def main():
    """Runs the tests of the calling file."""
    if os.geteuid() != 0:
        print("skipped: the sandbox's launcher must be started as root")
        sys.exit(SKIPPED)
    if not os.access(BINARY, os.X_OK):
        print(f"EVALX_BINARY must name the evalx to test, not {BINARY!r}")
        sys.exit(1)
    unittest.main(module="__main__")
