"""R31: a client cancels at every point of a job's life. R33: many requests with one idempotency key."""

import concurrent.futures
import json
import os
import sqlite3
import time

import corpus
from evalx_server import ENDLESS, until
from history import now_us
from load import slowdown
from points import POINTS, REDIS, SQLITE
from processes import processes_with
from redis_server import RedisConnection
from scenarios import scenario

SLEEP_MS = 200
REACH_SECONDS = 60
GONE_SECONDS = 0.5
DAY_SECONDS = 24 * 3600
WITH_JOB = ("api.after_commit_before_reply", "worker.after_claim", "worker.judged", "worker.before_complete",
            "worker.after_complete", "store.mid_change", "store.after_settle_before_notify")
# Failpoints that do not log their job: it is the only job at that time.
WITHOUT_JOB = ("worker.before_compile", "worker.after_compile", "worker.mid_tests", "worker.before_cleanup",
               "store.mid_group_commit", "store.after_commit_before_notify")


@scenario("R31", SQLITE, REDIS)
def cancel_everywhere(run, _):
    """Each failpoint sleeps, and the client cancels in that time: the answer to the cancel agrees with the verdict."""
    names = [point.name for point in POINTS if run.backend in point.backends and point.name in WITH_JOB + WITHOUT_JOB]
    server = run.start(*(f"{name}:sleep {SLEEP_MS}:100%" for name in names))
    clients = run.begin_clients(4)
    ends = {"accepted": 0, "cancelled": 0}
    for number, name in enumerate(names * (10 if run.options.long else 1)):
        began = now_us()
        key = f"cancel-{number}"
        job = corpus.c_job("a", number, "accepted")
        post = clients.pool.submit(clients.one, key, job)
        token = token_at(server, name, began, post, clients, key)
        answer = server.request("DELETE", f"/v1/submissions/{token}")
        if answer.status not in (200, 202, 409):
            run.row.fault(f"cancelling at {name}: {answer.status} {answer.body[:300]}")
        post.result()
        clients.verdicts[token] = {"accepted", "cancelled"}
        verdict = clients.see(token, REACH_SECONDS)["verdict"]
        ends[verdict] = ends.get(verdict, 0) + 1
        # The answer to the cancel matches the verdict.
        if (answer.status == 409) != (verdict == "accepted"):
            run.row.fault(f"cancelling at {name} was answered with {answer.status}, but the job is {verdict}")
    cancel_what_runs(run, server, clients)
    run.finish()
    run.row.note(f"{ends['cancelled']} cancelled, {ends['accepted']} too late")


def token_at(server, name, began, post, clients, key):
    """Waits until the job is at this failpoint; returns its token, from the log or from the answer."""
    earlier = set(clients.tokens.values())

    def arrived():
        return [job for time_us, _, passed, job, _, _ in server.passings.all()
                if passed == name and time_us > began and job not in earlier]

    [job, *_] = until(arrived, REACH_SECONDS, f"{name} is reached")
    if job == "-":
        until(lambda: key in clients.tokens or post.done(), REACH_SECONDS, "the submission is answered")
        job = clients.tokens[key]
    return job


def cancel_what_runs(run, server, clients):
    """Cancelling a running job ends its program soon."""
    mark = f"evalx-fault-{os.getpid()}-{run.backend}"
    token = clients.post("endless", {**ENDLESS, "tests": [{"args": [mark]}]})
    clients.tokens["endless"] = token
    clients.verdicts[token] = {"cancelled"}
    until(lambda: processes_with(mark), REACH_SECONDS, "the program runs")
    began = time.monotonic()
    answer = server.request("DELETE", f"/v1/submissions/{token}")
    if answer.status not in (200, 202):
        run.row.fault(f"cancelling a running job: {answer.status}")
    until(lambda: not processes_with(mark), REACH_SECONDS, "the program is gone")
    # The failpoints that this job passes until its end sleep as well.
    allowed = (GONE_SECONDS + 3 * SLEEP_MS / 1000) * max(1.0, slowdown())
    if (seconds := time.monotonic() - began) > allowed:
        run.row.fault(f"the program ended after {seconds:.2f} s, the limit is {allowed:.2f} s")


@scenario("R33", SQLITE, REDIS)
def same_key(run, _):
    """100 concurrent requests with one key create one submission. After a day, but not at a start, the key is free again."""
    server = run.start()
    clients = run.begin_clients(4)
    job = corpus.mixed(0)
    body = json.dumps(job.document).encode()

    def post(key, content):
        asked = now_us()
        answer = server.exchange("POST", "/v1/submissions", content,
                                 {"Content-Type": "application/json", "Idempotency-Key": key})
        if answer.status in (200, 202):
            run.history.add("accepted", job=answer.json()["token"], key=key, at=asked)
        return answer

    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda _: post("same", body), range(100)))
    tokens = {answer.json().get("token") for answer in answers}
    if {answer.status for answer in answers} - {200, 202} or len(tokens) != 1:
        run.row.fault(f"100 requests with one key: {sorted(answer.status for answer in answers)}, {len(tokens)} submissions")
    [token] = tokens
    replays = sum("idempotency-replayed" in answer.headers for answer in answers)
    if replays != 99:
        run.row.fault(f"{replays} of the 100 answers are marked as replays, not 99")
    other = post("same", json.dumps(corpus.mixed(1).document).encode())
    if other.status != 409:
        run.row.fault(f"the same key with another body: {other.status}")
    clients.tokens["same"] = token
    clients.verdicts[token] = {job.verdict}
    if clients.see(token, run.patience) is None:
        run.row.fault("the submission did not end")
    if run.backend == REDIS:
        later = expire_key(run, server, body)
        if later == token:
            run.row.fault("after a day the key still returns the old submission")
        clients.tokens["later"] = later
        clients.verdicts[later] = {job.verdict}
    else:
        keep_key(run, server, body, token)
    run.finish()


def fault_of_lifetime(run, left):
    if not DAY_SECONDS - 600 < left <= DAY_SECONDS:
        run.row.fault(f"the key is kept for {left} s")


def post_again(server, body):
    return server.exchange("POST", "/v1/submissions", body, {"Content-Type": "application/json", "Idempotency-Key": "same"})


def keep_key(run, server, body, token):
    """Checks when the key expires, and that a start does not delete it at once: the date may be wrong then."""
    run.kill(server)
    with sqlite3.connect(os.path.join(server.data, "queue", "queue.db")) as db:
        [expires] = db.execute("SELECT expires_at_us FROM idempotency WHERE key = 'same'").fetchone()
        db.execute("UPDATE idempotency SET expires_at_us = 1 WHERE key = 'same'")
    db.close()
    fault_of_lifetime(run, expires / 1e6 - time.time())
    answer = post_again(run.start(), body)
    if answer.status not in (200, 202) or answer.json().get("token") != token:
        run.row.fault(f"a start deleted a key by its age: {answer.status} {answer.headers}")


def expire_key(run, server, body):
    """Checks when the key expires, expires it now, and submits once more; returns the token."""
    with RedisConnection(run.redis.address) as redis:
        left = redis.run("TTL", "{evalx}:idem:same")
        redis.run("PEXPIRE", "{evalx}:idem:same", 1)
        until(lambda: redis.run("EXISTS", "{evalx}:idem:same") == 0, 5, "Redis has forgotten the key")
    fault_of_lifetime(run, left)
    answer = post_again(server, body)
    if answer.status != 202 or "idempotency-replayed" in answer.headers:
        run.row.fault(f"after a day the key is not new: {answer.status} {answer.headers}")
    run.key_names["same"] = "same-after-a-day"
    run.history.add("accepted", job=answer.json()["token"], key="same-after-a-day")
    return answer.json()["token"]
