"""R32: what is late races with who begins it, with who gives it back, and with a completion that comes after all is deleted."""

import json
import os
import time

import corpus
from evalx_server import until
from history import digest, now_us
from points import REDIS, SQLITE
from scenario_clock import Clock
from scenarios import scenario
from store import RedisConnection, read_redis, read_sqlite

REACH_SECONDS = 60
BEGUN_MS = 2000  # For a job that is begun at once.
HURRIED_MS = (150, 900, 2300, 2600, 2900, 3300)  # For those that may be, or not.
LATE_MS = 3000  # How long a completion stays on its way.
TOLD_SECONDS = 3.0  # On a machine that does much else.
RETENTION_SECONDS = 25 * 3600
KEPT = ("job", "spec", "result", "events")
LOST = "evalx_leases_lost_total"
EXPIRED = 'evalx_jobs_total{event="expired"}'


def post(server, job, milliseconds):
    """(token, when it was asked for)"""
    asked = now_us()
    body = json.dumps({**job.document, "expires_after_ms": milliseconds}).encode()
    answer = server.exchange("POST", "/v1/submissions", body, {"Content-Type": "application/json"})
    if answer.status != 202:
        raise AssertionError(f"refused: {answer.status} {answer.body[:300]}")
    return answer.json()["token"], asked


def submit(run, server, job, milliseconds, verdicts):
    """As post(), and the history knows of it; not of its deadline: a worker that stands still tells late what it got in time."""
    token, asked = post(server, job, milliseconds)
    run.history.add("accepted", job=token, at=asked)
    run.clients.tokens[token] = token
    run.clients.verdicts[token] = verdicts
    return token


def ended(run, server, token, milliseconds):
    """Its verdict, which the history gets to know as well. It may not have expired earlier than this."""
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


@scenario("R32", SQLITE, REDIS, variants=(("begun, or expired", None),))
def race_who_begins(run, _):
    """A result that is late is taken. Of those that wait meanwhile each is judged, or has expired and was never begun."""
    server = start(run)
    slow = submit(run, server, corpus.sleeper(800), BEGUN_MS, {"accepted"})
    delay_completion(server, slow)
    until(lambda: server.passings.has("worker.before_complete", slow), REACH_SECONDS, "its result is on its way")
    hurried = {submit(run, server, corpus.sleeper(200), milliseconds, {"accepted", "expired"}): milliseconds
               for milliseconds in 3 * HURRIED_MS}
    verdicts = {token: ended(run, server, token, milliseconds) for token, milliseconds in hurried.items()}
    if ended(run, server, slow, BEGUN_MS) != "accepted":
        run.row.fault("a job that was begun in time has expired")
    begun = {token for token in hurried if server.passings.has("worker.after_claim", token)}
    expired = {token for token, verdict in verdicts.items() if verdict == "expired"}
    if begun & expired or begun | expired != set(hurried):
        run.row.fault(f"{len(begun & expired)} were begun and have expired, {len(set(hurried) - begun - expired)} neither")
    if not expired:
        run.row.fault("nothing has expired, nothing shown")
    if (counted := server.metrics()[EXPIRED]) != len(expired):
        run.row.fault(f"{len(expired)} have expired, {counted:.0f} were counted")
    run.finish()
    run.row.note(f"{len(begun)} begun in time, {len(expired)} expired")


@scenario("R32", SQLITE, REDIS, variants=(("given back too late", None),))
def give_back_too_late(run, _):
    """What a draining server gives back after its time is not begun again."""
    other = run.start(role="api") if run.backend == REDIS else None
    leaving = start(run, arguments=("--drain-grace-seconds", "0"))
    tokens = [submit(run, leaving, corpus.sleeper(15000), BEGUN_MS, {"expired"}) for _ in range(3)]
    late = time.monotonic() + BEGUN_MS / 1000
    for token in tokens:
        until(lambda token=token: leaving.passings.has("worker.after_claim", token), REACH_SECONDS, "it is begun")
    if time.monotonic() > late:
        raise AssertionError("this machine was too slow to begin them in time")
    until(lambda: time.monotonic() > late, REACH_SECONDS, "their time is over")
    leaving.stop()
    run.note_end(leaving)
    given_back = time.monotonic()
    other = other or run.start()
    began = max(given_back, other.ready_at)
    for token in tokens:
        if (verdict := ended(run, other, token, BEGUN_MS)) != "expired":
            run.row.fault(f"{token} is {verdict}")
    run.row.recovered(time.monotonic() - began, TOLD_SECONDS)
    if any(other.passings.has("worker.after_claim", token) for token in tokens):
        run.row.fault("one was begun again")
    run.finish()


@scenario("R32", SQLITE, REDIS, variants=(("deleted before it completes", None),))
def complete_after_deletion(run, _):
    """A cancelled job and an expired one are deleted, as by their retention, while the first one's completion is on its way."""
    clock = Clock(run.folder)
    server = start(run, environment=clock.environment)
    cancelled, _ = post(server, corpus.sleeper(300), BEGUN_MS)
    delay_completion(server, cancelled)
    until(lambda: server.passings.has("worker.before_complete", cancelled), REACH_SECONDS, "its result is on its way")
    # The worker stands still meanwhile, and has got no more than it may hold.
    hurried = [post(server, corpus.sleeper(100), 100)[0] for _ in range(6)]

    def late():
        return [token for token in hurried if server.exchange("GET", f"/v1/submissions/{token}").json().get("verdict") == "expired"]

    expired = until(late, TOLD_SECONDS, "some have expired")
    answer = server.exchange("DELETE", f"/v1/submissions/{cancelled}")
    if answer.status not in (200, 202):
        raise AssertionError(f"it was not cancelled: {answer.status} {answer.body[:300]}")
    deleted = [cancelled, *expired]
    delete(run, clock, deleted)
    for token in deleted:
        until(lambda token=token: server.exchange("GET", f"/v1/submissions/{token}").status == 404, REACH_SECONDS, "it is gone")
    if server.metrics()[LOST]:
        run.row.fault("its completion came before it was deleted: nothing was shown")
    until(lambda: server.metrics()[LOST] >= 1, REACH_SECONDS, "the completion has come, and is refused")
    clock.set(0)
    run.clients.submit(corpus.mixed(number) for number in range(20))
    until(lambda: all(future.done() for future in run.clients.futures), run.patience, "others are judged")
    found = [token for token in deleted if server.exchange("GET", f"/v1/submissions/{token}").status != 404]
    run.finish()
    contents = read_redis(run.redis.address) if run.redis else read_sqlite(server.data)
    if found or set(deleted) & set(contents.jobs):
        run.row.fault(f"risen again: {found}")
    if server.passings.has("worker.after_complete", cancelled):
        run.row.fault("the late completion was taken")
    run.row.note(f"1 late completion, {len(expired)} expired, all deleted")


def delete(run, clock, tokens):
    if run.backend == SQLITE:
        clock.set(RETENTION_SECONDS)
        return
    with RedisConnection(run.redis.address) as redis:
        for token in tokens:
            for kind in KEPT:
                redis.run("PEXPIRE", f"{{evalx}}:{kind}:{token}", 1)
