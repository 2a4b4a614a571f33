"""Writes jobs into Redis directly, so that no server checks them first."""

import json
import subprocess
import uuid

from evalx_server import Server
from redis_server import Redis

CLI = "/usr/bin/redis-cli"
GOOD = {"language": "python", "source": "print(input())", "tests": [{"stdin": "7\n", "expected_output": "7\n"}]}
FIELDS = {"state": 0, "attempt": 0, "deaths": 0, "not_before": 0, "since": 1, "accepted_at": 1}


class HandWriter:
    """A server with its own Redis, and write(), which adds a job there."""

    @classmethod
    def setUpClass(cls):
        cls.redis = cls.enterClassContext(Redis())
        cls.server = cls.enterClassContext(Server("--queue", cls.redis.url))

    def redis_cli(self, *words):
        run = subprocess.run([CLI, "-u", self.redis.url, *map(str, words)], capture_output=True, text=True, check=True,
                             timeout=20)
        return run.stdout.strip()

    def write(self, spec, fields=FIELDS):
        token = str(uuid.uuid4())
        self.redis_cli("HSET", "{evalx}:job:" + token, *(word for pair in fields.items() for word in pair))
        if spec is not None:
            self.redis_cli("SET", "{evalx}:spec:" + token, spec if isinstance(spec, str) else json.dumps(spec))
        self.redis_cli("XADD", "{evalx}:ready", "*", "t", token)
        return token
