"""A Redis server for tests, with its own directory."""

import os
import shutil
import signal
import subprocess
import tempfile
import unittest

from evalx_server import free_port, own_host

# This file of Debian's redis-tools is also the server: argv[0] selects which.
REDIS = "/usr/bin/redis-check-rdb"

needs_redis = unittest.skipUnless(os.access(REDIS, os.X_OK), f"Debian's redis-tools is missing: no {REDIS}")


class Redis:
    """A Redis on a free port; leaving the context kills it."""

    def __init__(self, *options, environment=None):
        self.folder = tempfile.mkdtemp(prefix="evalx-redis-")
        host = own_host()
        self.address = host, free_port(host)
        self.url = f"redis://{host}:{self.address[1]}/2"
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
