"""Reads the content of a queue's store directly: SQLite's file, or Redis' keys."""

import collections
import os
import socket
import sqlite3

STATES = ("queued", "leased", "done", "cancelled", "dead")
REDIS_SECONDS = 10

# jobs: {token: (state, attempt)}; keys: {idempotency key: token}; results, open: numbers counted in other tables.
Contents = collections.namedtuple("Contents", "jobs keys results open")


def read_sqlite(data):
    """Reads the store of a server that has stopped or was killed."""
    path = os.path.join(data, "queue", "queue.db")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        jobs = {token: (STATES[state], attempt) for token, state, attempt in db.execute("SELECT token, state, attempt FROM job")}
        keys = dict(db.execute("SELECT key, token FROM idempotency"))
        results = db.execute("SELECT count(*) FROM result").fetchone()[0]
        waiting = db.execute("SELECT count(*) FROM job WHERE finished_at_us IS NULL").fetchone()[0]
        damage = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if damage != "ok":
        raise AssertionError(f"the database is damaged: {damage}")
    return Contents(jobs, keys, results, waiting)


class RedisConnection:
    """Sends commands on its own connection, one after another."""

    def __init__(self, address, database=2):
        self.socket = socket.create_connection(address, REDIS_SECONDS)
        self.file = self.socket.makefile("rb")
        self.run("SELECT", database)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def run(self, *words):
        self.send(*words)
        return self.reply()

    def send(self, *words):
        parts = [str(word).encode() for word in words]
        self.socket.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))

    def reply(self):
        line = self.file.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.file.read(int(rest) + 2)[:-2].decode(errors="replace")
        if kind == b"*":
            return None if rest == b"-1" else [self.reply() for _ in range(int(rest))]
        raise AssertionError(f"Redis says {line!r}")

    def names(self, kind):
        """The names of all keys of a kind, without their prefix."""
        prefix, found, cursor = f"{{evalx}}:{kind}:", set(), "0"
        while True:
            cursor, keys = self.run("SCAN", cursor, "MATCH", prefix + "*", "COUNT", 1000)
            found |= {key[len(prefix):] for key in keys}
            if cursor == "0":
                return found


def read_redis(address):
    with RedisConnection(address) as redis:
        jobs = {}
        for token in redis.names("job"):
            state, attempt = redis.run("HMGET", f"{{evalx}}:job:{token}", "state", "attempt")
            jobs[token] = (STATES[int(state)], int(attempt))
        keys = {key: redis.run("HGET", f"{{evalx}}:idem:{key}", "token") for key in redis.names("idem")}
        waiting = redis.run("ZCARD", "{evalx}:waiting") + redis.run("ZCARD", "{evalx}:leased")
        return Contents(jobs, keys, len(redis.names("result")), waiting)
