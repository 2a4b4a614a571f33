"""A running `evalx serve` with its own data folder and port, and the state of the host that attacks must not change."""

import base64
import http.client
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import host
import load
from marker import MARKER

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.path.realpath(os.environ.get("EVALX_BINARY") or os.path.join(ROOT, "build/release/apps/evalx/evalx"))
START_SECONDS = 30 * load.EMULATED
STOP_SECONDS = 45
REQUEST_SECONDS = 150
SKIPPED = 77  # CTest's SKIP_RETURN_CODE is set to this.


def base64_of(data):
    return base64.b64encode(data).decode()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition, seconds, what):
    """Polls until `condition()` is true; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.01)
    return answer


def is_removed(folder):
    """Removes a cgroup and those below it, as far as they are empty; true if none is left."""
    for group, _, _ in os.walk(folder, topdown=False):
        try:
            os.rmdir(group)
        except OSError:  # A process in it still ends, or it is already gone.
            pass
    return not os.path.exists(folder)


# A path if the tool is not in PATH.
ISOLATE = os.environ.get("EVALX_ISOLATE", "isolate")
BOXES = itertools.count(500, 20)  # First box of each server; other programs may use the first 500 boxes.


class Server:
    """A context manager: leaving it stops the server, which must exit with 0."""

    def __init__(self, sandboxes, options, profile=None):
        self.sandboxes = sandboxes
        self.options = options
        self.profile = profile
        self.first_box = next(BOXES)
        self.folder = tempfile.mkdtemp(prefix="evalx-attack-")
        os.chmod(self.folder, 0o755)
        self.data = os.path.join(self.folder, "data")
        self.process = None
        self.host = None
        self.start()

    def start(self):
        self.port = free_port()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("EVALX_")}
        environment["ATTACK_MARKER"] = MARKER
        environment |= {"EVALX_LISTEN": f"127.0.0.1:{self.port}", "EVALX_DATA_DIR": self.data,
                        "EVALX_MAX_CONCURRENT_SANDBOXES": str(self.sandboxes)}
        if self.profile:
            environment["EVALX_SECCOMP_PROFILE"] = self.profile
        if self.options.prebuilt:
            environment["EVALX_LANGUAGES_DIR"] = os.path.join(os.path.dirname(os.path.abspath(__file__)), "prebuilt")
        if self.options.sandbox == "isolate":
            environment["EVALX_SANDBOX"] = "isolate"
            environment["EVALX_ISOLATE_PATH"] = shutil.which(ISOLATE)
            environment["EVALX_ISOLATE_FIRST_BOX"] = str(self.first_box)
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen([BINARY, "serve"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=self.folder, env=environment, preexec_fn=self.enter_group)
        until(self.is_ready, START_SECONDS, "the server is ready")
        self.languages = {one["id"]: one for one in self.request("GET", "/v1/languages")[1]["languages"]}

    def enter_group(self):
        """Moves into a new cgroup below EVALX_ATTACK_SLICE, as systemd does for a service with Delegate=yes."""
        if slice_folder := os.environ.get("EVALX_ATTACK_SLICE"):
            folder = os.path.join(slice_folder, os.path.basename(self.folder) + ".service")
            # Before a second start a service manager removes the cgroups of the first one, once they are empty. The first
            # one's keeper may remove them at the same time.
            until(lambda: is_removed(folder), START_SECONDS, f"{folder} is empty")
            os.makedirs(folder)
            with open(os.path.join(folder, "cgroup.procs"), "w", encoding="ascii") as procs:
                procs.write("0")

    def is_ready(self):
        if self.process.poll() is not None:
            with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as log:
                raise AssertionError("the server did not start: " + log.read()[-2000:])
        try:
            return self.request("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.close(kind)

    def close(self, exception=None):
        """Stops the server, which must exit with 0; after an exception any exit code is ignored."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            code = self.process.wait(STOP_SECONDS)
            if exception is None and code != 0:
                raise AssertionError(f"the server ended with {code}")
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def request(self, method, target, document=None):
        """Sends a request; returns (status, the JSON document or the text of the answer)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=REQUEST_SECONDS)
        try:
            body = None if document is None else json.dumps(document).encode()
            connection.request(method, target, body=body, headers={"Content-Type": "application/json"} if body else {})
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        is_json = "json" in response.getheader("Content-Type", "")
        return response.status, json.loads(content) if is_json else content.decode(errors="replace")

    def judge(self, document):
        """Submits and waits: (200, the result) or the refusal."""
        status, answer = self.request("POST", "/v1/submissions?wait=30", document)
        while status in (200, 202) and answer["status"] != "finished":
            status, answer = self.request("GET", f"/v1/submissions/{answer['token']}?wait=30")
        return status, answer

    def missing(self, language):
        """None if the language is available, otherwise what is missing."""
        known = self.languages.get(language)
        if known is None:
            return "unknown language"
        return None if known["available"] else str(known.get("missing"))

    def warm_up(self, document):
        """Fills every slot once; returns the seconds of the fastest answer."""
        times = []

        def one():
            start = time.monotonic()
            status, answer = self.judge(document | {"tests": document["tests"] * 4})
            if status != 200 or answer["verdict"] != "accepted":
                raise AssertionError(f"the canary failed before any attack: {status} {answer}")
            times.append(time.monotonic() - start)

        threads = [threading.Thread(target=one) for _ in range(2 * self.sandboxes if load.EMULATED == 1 else 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return min(times)

    def remember_host(self):
        self.host = host.Host(self.process.pid, self.data, BINARY, self.sandboxes)

    def data_bytes(self):
        return host.folder_bytes(self.data)
