"""Stores that evalX 0.1.0 left when it was killed are opened, judged and served, with SQLite and with Redis."""

import json
import os
import sqlite3
import time
import unittest

from event_stream import Follower
from evalx_server import Server, main
from redis_server import Redis, RedisConnection, needs_redis

STORES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "stores")
ADD = {"language": "python", "source": "a, b = map(int, input().split())\nprint(a + b)\n",
       "tests": [{"stdin": "1 2\n", "expected_output": "3\n"}, {"stdin": "3 4\n", "expected_output": "8\n"}]}
TESTS_OF_RUNNING = 6
RETENTION_SECONDS = 24 * 3600
YOUNGEST_US = 10 ** 15  # A larger number is a time in us.


def later(number, by):
    """A stored time as if the store were from now."""
    return number + by if number > YOUNGEST_US else number


def load_sqlite(folder):
    """Writes the store to the queue's folder; returns its tokens."""
    with open(os.path.join(STORES, "sqlite_0_1.sql"), encoding="utf-8") as file:
        tokens = json.loads(file.readline().removeprefix("-- "))
        text = file.read()
    path = os.path.join(folder, "queue.db")
    database = sqlite3.connect(path)
    database.executescript(text)
    newest = database.execute("SELECT max(accepted_at_us) FROM job").fetchone()[0]
    by = int(time.time() * 1e6) - newest
    for table, columns in (("job", ("accepted_at_us", "finished_at_us")), ("expiry", ("at_us",)),
                           ("idempotency", ("expires_at_us",))):
        for column in columns:
            database.execute(f"UPDATE {table} SET {column} = {column} + {by}")
    database.commit()
    database.close()
    owner = os.stat(folder)
    os.chown(path, owner.st_uid, owner.st_gid)
    return tokens


def load_redis(address):
    """Writes the store to a Redis; returns its tokens."""
    with open(os.path.join(STORES, "redis_0_1.json"), encoding="utf-8") as file:
        stored = json.load(file)
    scores = [int(score) for _, kind, _, value in stored["keys"] if kind == "zset" for score in value[1::2]]
    by = int(time.time() * 1e6) - max(score for score in scores if score < min(scores) + 1e8)
    with RedisConnection(address) as redis:
        for key, kind, expires, value in stored["keys"]:
            if kind == "string":
                redis.run("SET", key, value)
            elif kind == "hash":
                pairs = [str(later(int(word), by)) if word.isdigit() and len(word) == 16 else word for word in value]
                redis.run("HSET", key, *pairs)
            elif kind == "zset":
                for member, score in zip(value[0::2], value[1::2], strict=True):
                    redis.run("ZADD", key, later(int(score), by), member)
            elif kind == "list":
                redis.run("RPUSH", key, *value)
            elif kind == "stream":
                for number, fields in value:
                    redis.run("XADD", key, number, *fields)
            if expires:
                redis.run("EXPIRE", key, RETENTION_SECONDS)
    return stored["tokens"]


class OldStore(unittest.TestCase):
    def expect_served(self, server, tokens):
        verdicts = {"done": "wrong_answer", "expired": "expired", "cancelled": "cancelled", "running": "accepted",
                    "waiting": "wrong_answer"}
        for name, verdict in verdicts.items():
            self.assertEqual(server.result_of(tokens[name])["verdict"], verdict, name)
            for last in (None, "1", "3"):
                client = Follower()
                client.last = last
                first = client.follow(server, tokens[name])[0][1]
                self.assertEqual(first, "reset" if last else "queued", name)
                tests = {"done": 2, "waiting": 2, "running": TESTS_OF_RUNNING}.get(name, 0)
                self.assertEqual(client.indexes(), list(range(tests)), name)
                self.assertEqual(client.end["verdict"], verdict)
        for key, document in (("done", ADD), ("waiting", {**ADD, "expires_after_ms": RETENTION_SECONDS * 1000})):
            again = server.submit(document, headers={"Idempotency-Key": key}).json()
            self.assertEqual(again["token"], tokens[key])
        self.assertEqual(server.metrics()['evalx_jobs_total{event="vanished"}'], 0)

    def test_sqlite(self):
        with Server("--max-concurrent-sandboxes", "1") as server:
            server.stop()
            data = os.path.join(server.data, "queue")
            for name in os.listdir(data):
                os.unlink(os.path.join(data, name))
            tokens = load_sqlite(data)
            server.start()
            self.expect_served(server, tokens)
            server.stop()
            server.start()
            self.expect_served(server, tokens)

    @needs_redis
    def test_redis(self):
        with Redis() as redis:
            while not redis.answers():
                time.sleep(0.01)
            tokens = load_redis(redis.address)
            with Server("--max-concurrent-sandboxes", "1", "--queue", redis.url) as server:
                self.expect_served(server, tokens)


if __name__ == "__main__":
    main()
