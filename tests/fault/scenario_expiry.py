"""R32: the expiry of a job races with its start, with its return by a draining worker, and with a completion that comes
after the job was deleted."""

import json
import os
import time

import corpus
from evalx_server import until
from history import digest, now_us
from points import REDIS, SQLITE
from redis_server import RedisConnection
from scenarios import scenario
from store import read_redis, read_sqlite

REACH_SECONDS = 60
BEGUN_MS = 2000  # `expires_after_ms` of a job that starts at once.
HURRIED_MS = (150, 900, 2300, 2600, 2900, 3300)  # The same for jobs that may start in time or not.
LATE_MS = 3000  # Delay of a completion.
NOTICE_SECONDS = 3.0  # Until a client sees the expiry, on a busy machine.
KEPT = ("job", "spec", "result", "events")
LOST = "evalx_leases_lost_total"
EXPIRED = 'evalx_jobs_total{event="expired"}'


def post(server, job, milliseconds):
    """Submits; returns (token, time before the request)."""
    asked = now_us()
    body = json.dumps({**job.document, "expires_after_ms": milliseconds}).encode()
    answer = server.exchange("POST", "/v1/submissions", body, {"Content-Type": "application/json"})
    if answer.status != 202:
        raise AssertionError(f"refused: {answer.status} {answer.body[:300]}")
    return answer.json()["token"], asked


def submit(run, server, job, milliseconds, verdicts):
    """Like post(), and adds the submission to the history. The history does not get the deadline, because a paused worker
    may log late that it got the job in time."""
    token, asked = post(server, job, milliseconds)
    run.history.add("accepted", job=token, at=asked)
    run.clients.tokens[token] = token
    run.clients.verdicts[token] = verdicts
    return token


def ended(run, server, token, milliseconds):
    """Waits for the verdict, adds it to the history and returns it. Checks that the job did not expire too early."""
    answer = server.exchange("GET", f"/v1/submissions/{token}?wait=20")
    document = answer.json()
    if answer.status != 200 or document["status"] != "finished":
        raise AssertionError(f"{token} has not ended: {answer.status} {answer.body[:300]}")
    if document["verdict"] == "expired" and document["timing_ms"]["queue"] < milliseconds:
        run.row.fault(f"{token} has expired after {document['timing_ms']['queue']} ms of {milliseconds}")
    state = "expired" if document["verdict"] == "expired" else "done"
    run.history.add("seen", job=token, state=state, result=digest(answer.body))
    return document["verdict"]


def delay_completion(server, token):
    with open(os.path.join(server.points, "late"), "a", encoding="ascii") as file:
        file.write(token + "\n")


def start(run, **more):
    server = run.start(f"worker.before_complete:sleep {LATE_MS}:@late", **more)
    run.begin_clients(8)
    return server


@scenario("R32", SQLITE, REDIS, variants=(("started or expired", None),))
def race_with_the_start(run, _):
    """A late result of a job that started in time counts. Each waiting job either runs, or expires and never starts."""
    server = start(run)
    slow = submit(run, server, corpus.sleeper(800), BEGUN_MS, {"accepted"})
    delay_completion(server, slow)
    until(lambda: server.passings.has("worker.before_complete", slow), REACH_SECONDS, "its completion is delayed")
    hurried = {submit(run, server, corpus.sleeper(200), milliseconds, {"accepted", "expired"}): milliseconds
               for milliseconds in 3 * HURRIED_MS}
    verdicts = {token: ended(run, server, token, milliseconds) for token, milliseconds in hurried.items()}
    if ended(run, server, slow, BEGUN_MS) != "accepted":
        run.row.fault("a job that started in time has expired")
    begun = {token for token in hurried if server.passings.has("worker.after_claim", token)}
    expired = {token for token, verdict in verdicts.items() if verdict == "expired"}
    if begun & expired or begun | expired != set(hurried):
        run.row.fault(f"{len(begun & expired)} jobs started and expired, {len(set(hurried) - begun - expired)} did neither")
    if not expired:
        run.row.fault("no job expired, so the scenario proved nothing")
    if (counted := server.metrics()[EXPIRED]) != len(expired):
        run.row.fault(f"{len(expired)} jobs expired, the metric counts {counted:.0f}")
    run.finish()
    run.row.note(f"{len(begun)} started in time, {len(expired)} expired")


@scenario("R32", SQLITE, REDIS, variants=(("returned too late", None),))
def return_too_late(run, _):
    """A job that a draining server returns after its deadline is not started again."""
    other = run.start(role="api") if run.backend == REDIS else None
    leaving = start(run, arguments=("--drain-grace-seconds", "0"))
    tokens = [submit(run, leaving, corpus.sleeper(15000), BEGUN_MS, {"expired"}) for _ in range(3)]
    late = time.monotonic() + BEGUN_MS / 1000
    for token in tokens:
        until(lambda token=token: leaving.passings.has("worker.after_claim", token), REACH_SECONDS, "the job starts")
    if time.monotonic() > late:
        raise AssertionError("this machine was too slow to start the jobs in time")
    until(lambda: time.monotonic() > late, REACH_SECONDS, "the jobs are late")
    leaving.stop()
    run.note_end(leaving)
    given_back = time.monotonic()
    other = other or run.start()
    began = max(given_back, other.ready_at)
    for token in tokens:
        if (verdict := ended(run, other, token, BEGUN_MS)) != "expired":
            run.row.fault(f"{token} is {verdict}")
    run.row.recovered(time.monotonic() - began, NOTICE_SECONDS)
    if any(other.passings.has("worker.after_claim", token) for token in tokens):
        run.row.fault("a late job was started again")
    run.finish()


@scenario("R32", SQLITE, REDIS, variants=(("deleted before it completes", None),))
def complete_after_deletion(run, _):
    """A cancelled job and expired ones are deleted while a completion is under way."""
    server = start(run)
    cancelled, _ = post(server, corpus.sleeper(300), BEGUN_MS)
    delay_completion(server, cancelled)
    until(lambda: server.passings.has("worker.before_complete", cancelled), REACH_SECONDS, "its completion is delayed")
    # The worker is paused meanwhile, so it leases no more jobs than it may hold.
    hurried = [post(server, corpus.sleeper(100), 100)[0] for _ in range(6)]

    def late():
        return [token for token in hurried if server.exchange("GET", f"/v1/submissions/{token}").json().get("verdict") == "expired"]

    expired = until(late, NOTICE_SECONDS, "some jobs have expired")
    answer = server.exchange("DELETE", f"/v1/submissions/{cancelled}")
    if answer.status not in (200, 202):
        raise AssertionError(f"the job was not cancelled: {answer.status} {answer.body[:300]}")
    deleted = [cancelled, *expired]
    delete(run, server, deleted)
    for token in deleted:
        until(lambda token=token: server.exchange("GET", f"/v1/submissions/{token}").status == 404, REACH_SECONDS, "the job is deleted")
    if server.metrics()[LOST]:
        run.row.fault("the completion came before the deletion, so the scenario proved nothing")
    until(lambda: server.metrics()[LOST] >= 1, REACH_SECONDS, "the late completion is refused")
    run.clients.submit(corpus.mixed(number) for number in range(20))
    until(run.clients.are_done, run.patience, "the other jobs are judged")
    found = [token for token in deleted if server.exchange("GET", f"/v1/submissions/{token}").status != 404]
    run.finish()
    contents = read_redis(run.redis.address) if run.redis else read_sqlite(server.data)
    if found or set(deleted) & set(contents.jobs):
        run.row.fault(f"deleted jobs are back: {found}")
    if server.passings.has("worker.after_complete", cancelled):
        run.row.fault("the late completion was accepted")
    run.row.note(f"1 late completion, {len(expired)} expired, all deleted")


def delete(run, server, tokens):
    if run.backend == SQLITE:
        for token in tokens:
            answer = server.exchange("DELETE", f"/v1/submissions/{token}?erase=true")
            if answer.status >= 300:
                raise AssertionError(f"the job was not deleted: {answer.status} {answer.body[:300]}")
        return
    with RedisConnection(run.redis.address) as redis:
        for token in tokens:
            for kind in KEPT:
                redis.run("PEXPIRE", f"{{evalx}}:{kind}:{token}", 1)
