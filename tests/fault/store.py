"""Reads the content of a queue's store directly: SQLite's file, or Redis' keys."""

import collections
import os
import sqlite3

from redis_server import RedisConnection

# By number. An expired job has the number of "cancelled", and a mark elsewhere.
STATES = ("queued", "leased", "done", "cancelled", "dead")

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


def names(redis, kind):
    """The names of all keys of a kind, without their prefix."""
    prefix, found, cursor = f"{{evalx}}:{kind}:", set(), "0"
    while True:
        cursor, keys = redis.run("SCAN", cursor, "MATCH", prefix + "*", "COUNT", 1000)
        found |= {key[len(prefix):] for key in keys}
        if cursor == "0":
            return found


def read_redis(address):
    with RedisConnection(address) as redis:
        jobs = {}
        for token in names(redis, "job"):
            state, attempt = redis.run("HMGET", f"{{evalx}}:job:{token}", "state", "attempt")
            jobs[token] = (STATES[int(state)], int(attempt))
        keys = {key: redis.run("HGET", f"{{evalx}}:idem:{key}", "token") for key in names(redis, "idem")}
        waiting = redis.run("ZCARD", "{evalx}:waiting") + redis.run("ZCARD", "{evalx}:leased")
        return Contents(jobs, keys, len(names(redis, "result")), waiting)
