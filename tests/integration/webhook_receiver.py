"""A receiver of callbacks that fails on request, and the verification of signatures by code that is not evalX's."""

import base64
import functools
import hashlib
import hmac
import http.server
import json
import shutil
import socket
import subprocess
import threading
import time

from evalx_server import own_host

SECRET = "whsec_" + base64.b64encode(b"a secret of the tests, 32 bytes.").decode()
OLD_SECRET = "whsec_" + base64.b64encode(b"an old secret of them, 24 b.").decode()
HANG, CLOSE = "hang", "close"  # A receiver may do these instead of answering with a status.
HANG_SECONDS = 60  # Longer than an attempt may take.
NODE_VERIFIES = """
const { Webhook } = require("standardwebhooks");
console.log("ready");
require("readline").createInterface({ input: process.stdin }).on("line", line => {
  const { secret, headers, body } = JSON.parse(line);
  try { new Webhook(secret).verify(Buffer.from(body, "base64"), headers); console.log('""'); }
  catch (error) { console.log(JSON.stringify(String(error))); }
});
"""
FRESH_SECONDS = 300
LARGE_BYTES = 2 ** 20  # The hash of the package is written in JavaScript, and slow.


class Received:
    """One request, as it came."""

    def __init__(self, path, headers, body):
        self.path, self.body = path, body
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.id = self.headers.get("webhook-id", "")
        self.at = time.monotonic()
        self.answer = None  # The status that was sent; None while there is none.

    @property
    def token(self):
        """The submission's. A second round has the id TOKEN-2."""
        return self.id[:36]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.receiver.handle(self, Received(self.path, self.headers, body))

    def log_message(self, *_):
        pass


class _Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, address, receiver):
        self.receiver = receiver
        super().__init__(address, _Handler)

    def get_request(self):
        connection, address = super().get_request()
        self.receiver.connected(connection)
        return connection, address

    def handle_error(self, *_):
        pass  # A sender that was killed.


class Receiver:
    """Listens on a loopback address, and verifies each request. `behave(received)` returns a status, (status, {header:
    value}), HANG or CLOSE."""

    def __init__(self, behave=lambda received: 204, secrets=(SECRET,)):
        self.behave = behave
        self.secrets = secrets  # Each of them must verify.
        self.wrong = []  # The faults of signatures, in words.
        self.lock = threading.Lock()
        self.requests = []
        self.connections = []
        self.released = threading.Event()
        self.host, self.port = own_host(), 0
        self.listener = None
        self.revive()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.listener:
            self.die()

    def url(self, path="/done"):
        return f"http://{self.host}:{self.port}{path}"

    def revive(self):
        self.released.clear()
        self.listener = _Listener((self.host, self.port), self)
        self.port = self.listener.server_port
        threading.Thread(target=self.listener.serve_forever, args=(0.02,), daemon=True).start()

    def die(self):
        """Closes the port and all connections at once; requests that hang get no answer."""
        self.listener.shutdown()
        self.listener.server_close()
        self.listener = None
        self.released.set()
        with self.lock:
            connections, self.connections = self.connections, []
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # It is closed already.

    def connected(self, connection):
        with self.lock:
            self.connections.append(connection)

    def handle(self, handler, received):
        faults = [fault for secret in self.secrets if (fault := verifier().fault_of(received, secret))]
        with self.lock:
            self.requests.append(received)
            self.wrong += faults
        action = self.behave(received)
        handler.close_connection = True
        if action == HANG:
            self.released.wait(HANG_SECONDS)
        if action in (HANG, CLOSE):
            return
        status, headers = action if isinstance(action, tuple) else (action, {})
        handler.send_response(status)
        for name, value in {**headers, "Content-Length": "0", "Connection": "close"}.items():
            handler.send_header(name, value)
        handler.end_headers()
        received.answer = status

    def seen(self):
        with self.lock:
            return list(self.requests)

    def of(self, token):
        return [one for one in self.seen() if one.token == token]

    def delivered(self):
        """The tokens of the requests that were answered with success."""
        return {one.token for one in self.seen() if one.answer and one.answer // 100 == 2}


class Verifier:
    """Verifies signatures by npm's standardwebhooks, if Node.js has that package here (NODE_PATH); otherwise by the
    algorithm of the Standard Webhooks specification, written here, and so are large bodies. Thread-safe."""

    def __init__(self):
        self.lock = threading.Lock()
        self.node = None
        if shutil.which("node"):
            self.node = subprocess.Popen(["node", "-e", NODE_VERIFIES], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.DEVNULL, text=True)
            if self.node.stdout.readline() != "ready\n":
                self.node.communicate()
                self.node = None

    def fault_of(self, received, secret):
        """Why a receiver that has this secret refuses the request; empty if it is signed with it, and now."""
        if self.node is None or len(received.body) > LARGE_BYTES:
            return "" if is_signed(received, secret) else f"not signed with the secret: {received.headers}"
        question = {"secret": secret, "headers": received.headers, "body": base64.b64encode(received.body).decode()}
        with self.lock:
            self.node.stdin.write(json.dumps(question) + "\n")
            self.node.stdin.flush()
            return json.loads(self.node.stdout.readline())


@functools.cache
def verifier():
    """One for all receivers. Node.js ends when this process ends, which closes its input."""
    return Verifier()


def is_signed(received, secret):
    headers = received.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + received.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    is_known = any(hmac.compare_digest(wanted, given) for given in headers["webhook-signature"].split(" "))
    return is_known and abs(time.time() - int(headers["webhook-timestamp"])) < FRESH_SECONDS
