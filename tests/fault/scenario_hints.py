"""R7: doubled hints and jobs claimed by hand. R16: consumers and sessions come and go. R17: streams are lost."""

import os
import random

import corpus
from evalx_server import until
from points import REDIS
from proxy import SCRIPTS
from redis_server import RedisConnection
from scenarios import scenario

PREFIX = "{evalx}:"
STREAMS = ("ready", "again", "suspects")
REACH_SECONDS = 60
REPAIR_SECONDS = 30
DOUBLES = 100


class Operator(RedisConnection):
    """Changes the queue in Redis by hand, past evalX."""

    def script(self, name, *words):
        """Runs a script as a worker does."""
        text = ""
        for file_name in ("prelude.lua", f"{name}.lua"):
            with open(os.path.join(SCRIPTS, file_name), encoding="utf-8") as file:
                text += file.read()
        return self.run("EVAL", text, 1, PREFIX, *words)

    def hint(self, token, stream="ready"):
        self.run("XADD", PREFIX + stream, "*", "t", token)

    def state(self, token):
        return self.run("HGET", f"{PREFIX}job:{token}", "state")


def repairs(server):
    """Whether the server's reconciler logged that it recreated hints."""
    return "delivery hints were rebuilt" in server.log()


def fill(run, jobs):
    """Starts a server, fills it with four sleepers (the most it leases with two sandboxes), and adds waiting jobs."""
    server = run.start()
    clients = run.begin_clients(jobs + 4)
    clients.submit(corpus.sleeper(3000) for _ in range(4))
    until(lambda: server.passings.count("worker.after_claim") == 4, REACH_SECONDS, "the server is full")
    clients.submit(corpus.mixed(number) for number in range(jobs))
    until(lambda: clients.accepted() == jobs + 4, REACH_SECONDS, "all jobs are accepted")
    return server


@scenario("R7", REDIS)
def double_hints(run, _):
    """Each job gets many hints in every stream, and there are hints to unknown jobs: no job runs twice at the same time."""
    server = fill(run, 8)
    other = run.start()
    tokens = sorted(run.clients.tokens.values())
    with Operator(run.redis.address) as operator:
        for turn in range(DOUBLES):
            for token in tokens:
                operator.hint(token, STREAMS[turn % 3])
        operator.hint("there-is-no-such-job")
        operator.run("XADD", PREFIX + "ready", "*", "what", "is this")
        held = [token for token in tokens if operator.state(token) == "1"]
        granted = claim_by_hand(operator, held)
        until(lambda: len(run.clients.results) == len(tokens), run.patience, "all jobs are done")
        for token in tokens:
            operator.hint(token)
        until(lambda: operator.run("XLEN", PREFIX + "ready") == 0, REACH_SECONDS, "the hints are used up")
    lost = sum(one.metrics()["evalx_leases_lost_total"] for one in (server, other))
    run.finish()
    # Only a job that claim_by_hand() got and returned may have a second attempt.
    run.row.limit_attempts(2 if granted else 1)
    if lost:
        run.row.fault(f"{lost:.0f} leases were lost")
    run.row.note(f"{(DOUBLES + 1) * len(tokens)} hints too many")


def claim_by_hand(operator, held):
    """Claims jobs in a session made by hand, with hints to leased jobs. Returns the jobs it got, none of which was leased."""
    session = str(random.getrandbits(60))
    operator.script("renew", session, 60_000_000, 1, 1)
    granted = []
    for number in range(DOUBLES):
        for token in held:
            operator.hint(token)
        for token, lease, *_ in operator.script("claim", session, number + 1, random.getrandbits(60))[2]:
            granted.append(token)
            job = dict(zip(*[iter(operator.run("HGETALL", f"{PREFIX}job:{token}"))] * 2))
            operator.script("settle", token, 1, lease, 0, int(job["attempt"]) - 1, job["deaths"], 0, 3600, "")
    operator.script("leave", session)
    return granted


@scenario("R16", REDIS, variants=(("consumers", "consumers"), ("sessions", "sessions")))
def churn(run, what):
    """Consumers made by hand read hints and are deleted, so the stream never delivers these hints again; or sessions made
    by hand end at once. All jobs are judged nevertheless."""
    server = fill(run, 40 if run.options.long else 12)
    count = 1000 if run.options.long else 200
    with Operator(run.redis.address) as operator:
        read = 0
        for number in range(count):
            if what == "sessions":  # They last a microsecond, so they are dead at once.
                operator.script("renew", random.getrandbits(60), 1, 1, 1)
                continue
            name = f"stranger-{number}"
            found = operator.run("XREADGROUP", "GROUP", "workers", name, "COUNT", 1, "STREAMS", PREFIX + "ready", ">")
            read += len(found or [])
            operator.run("XGROUP", "DELCONSUMER", PREFIX + "ready", "workers", name)
        until(lambda: len(run.clients.results) == len(run.clients.tokens), run.patience, "all jobs are done")
        if what == "consumers":
            if read == 0:
                run.row.fault("the strange consumers read nothing")
            if not repairs(server):
                run.row.fault(f"{read} hints were stolen, but none was recreated: {server.log()}")
            run.row.note(f"{count} consumers, {read} hints stolen")
        else:
            until(lambda: operator.run("ZCARD", PREFIX + "sessions") == 1, REACH_SECONDS, "dead sessions are removed")
            run.row.note(f"{count} sessions")
    run.finish()
    run.row.limit_attempts(1)


def delete(operator):
    for stream in STREAMS:
        operator.run("DEL", PREFIX + stream)


def trim(operator):
    for stream in STREAMS:
        operator.run("XTRIM", PREFIX + stream, "MAXLEN", 0)


def trim_half(operator):
    operator.run("XTRIM", PREFIX + "ready", "MAXLEN", operator.run("XLEN", PREFIX + "ready") // 2)


def destroy_group(operator):
    for stream in STREAMS:
        if operator.run("EXISTS", PREFIX + stream):
            operator.run("XGROUP", "DESTROY", PREFIX + stream, "workers")


LOSSES = (("deleted", delete), ("trimmed", trim), ("half trimmed", trim_half), ("groups destroyed", destroy_group))


@scenario("R17", REDIS, variants=LOSSES)
def lose_streams(run, lose):
    server = fill(run, 40 if run.options.long else 12)
    with Operator(run.redis.address) as operator:
        lose(operator)
    until(lambda: len(run.clients.results) == len(run.clients.tokens), run.patience, "all jobs are done")
    if lose is not destroy_group and not repairs(server):
        run.row.fault(f"no hint was recreated: {server.log()}")
    run.finish()
    run.row.limit_attempts(1)
