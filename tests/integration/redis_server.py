"""A Redis server for tests, with its own directory."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

from evalx_server import free_port, own_host

# In Debian's redis-tools this file is also the server: started as "redis-server" (argv[0]) it serves.
REDIS = "/usr/bin/redis-check-rdb"
DATABASE = 2
CONNECTION_SECONDS = 20

needs_redis = unittest.skipUnless(os.access(REDIS, os.X_OK), f"Debian's redis-tools is missing: no {REDIS}")


class Redis:
    """A Redis on a free port; leaving the context kills it."""

    def __init__(self, *options, environment=None):
        self.folder = tempfile.mkdtemp(prefix="evalx-redis-")
        host = own_host()
        self.address = host, free_port(host)
        self.url = f"redis://{host}:{self.address[1]}/{DATABASE}"
        self.environment = {**os.environ, **(environment or {})}
        self.options = options or ("--appendonly", "yes", "--appendfsync", "always")
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--bind", self.address[0], "--port", str(self.address[1]), "--dir", self.folder,
             "--save", "", "--logfile", os.path.join(self.folder, "log"), *self.options],
            executable=REDIS, stdin=subprocess.DEVNULL, env=self.environment)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def answers(self):
        """Whether the server answers commands now."""
        try:
            with RedisConnection(self.address) as redis:
                return redis.run("PING") == "PONG"
        except (OSError, AssertionError):
            return False


class RedisConnection:
    """Sends commands to the database of the tests, one after another. A status or bulk string is returned as text."""

    def __init__(self, address, encoding="utf-8"):
        self.socket = socket.create_connection(address, CONNECTION_SECONDS)
        self.file = self.socket.makefile("rb")
        self.encoding = encoding
        self.run("SELECT", DATABASE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def run(self, *words):
        self.send(*words)
        return self.reply()

    def send(self, *words):
        parts = [str(word).encode(self.encoding) for word in words]
        self.socket.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))

    def reply(self):
        line = self.file.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.file.read(int(rest) + 2)[:-2].decode(self.encoding, "replace")
        if kind == b"*":
            return None if rest == b"-1" else [self.reply() for _ in range(int(rest))]
        raise AssertionError(f"Redis says {line!r}")
