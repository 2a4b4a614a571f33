"""R24: SIGTERM under load: alone, followed by a second SIGTERM, or by SIGKILL."""

import signal
import time

import corpus
from evalx_server import until
from live import HEAL_SECONDS
from load import slowdown
from points import REDIS, SQLITE
from redis_server import RedisConnection
from scenarios import scenario
from store import names, read_sqlite

REACH_SECONDS = 60
SLEEP_MS = 1500
END_SECONDS = {0: 5, 30: 20}  # grace: time to return the running jobs, or to finish them.
# Grace in seconds, and the signal after SIGTERM.
VARIANTS = (
    ("30 s grace", (30, None)),
    ("no grace", (0, None)),
    ("SIGTERM twice", (30, signal.SIGTERM)),
    ("SIGTERM and SIGKILL", (30, signal.SIGKILL)),
)


@scenario("R24", SQLITE, REDIS, variants=VARIANTS)
def drain(run, how):
    """A server, or one of two workers, is stopped while it runs jobs, and another one continues."""
    if run.backend == REDIS:
        run.start(role="api")
        run.start(role="worker")
    clients = run.begin_clients(16)
    given_back, killed_with = 0, set()
    for _ in range(20 if run.options.long else 1):
        leaving = run.start(role="worker" if run.backend == REDIS else "serve", arguments=("--drain-grace-seconds", str(how[0])))
        clients.submit([*(corpus.sleeper(SLEEP_MS) for _ in range(6)), *(corpus.mixed(number) for number in range(10))])
        until(lambda: clients.accepted() >= 6 and held(leaving), REACH_SECONDS, "the worker has jobs")
        leave(run, leaving, *how)
        if how[1] == signal.SIGKILL:
            killed_with |= leased_to(run, leaving)
        else:
            given_back += leaving.passings.count("worker.before_release")
        if run.backend == SQLITE:
            run.start()
        until(clients.are_done, HEAL_SECONDS[run.backend] + REACH_SECONDS, "all jobs are judged")
        if run.backend == SQLITE and run.options.long:
            run.servers[-1].stop()
            run.note_end(run.servers[-1])
    run.finish()
    charged = {token for token, attempt in run.attempts.items() if attempt > 1}
    if not charged <= killed_with:
        run.row.fault(f"{len(charged - killed_with)} jobs were charged an attempt for a drain")
    if how != (30, None) and not given_back + len(killed_with):
        run.row.fault("no job was interrupted, so the scenario proved nothing")
    run.row.note(f"{given_back} given back, {len(charged)} charged")


def held(server):
    """The jobs that the server has claimed and not finished."""
    jobs = set()
    for _, _, name, job, _, _ in server.passings.all():
        if name == "worker.after_claim":
            jobs.add(job)
        elif name in ("worker.after_complete", "worker.before_release"):
            jobs.discard(job)
    return jobs


def leased_to(run, server):
    """The jobs that the store lists as leased to the dead server, with those whose grant or completion was under way."""
    if run.backend == SQLITE:
        return {token for token, (state, _) in read_sqlite(server.data).jobs.items() if state == "leased"}
    with RedisConnection(run.redis.address) as redis:
        sessions = [name for name in names(redis, "held") if f":{server.process.pid}:" in name]
        return {token for session in sessions for token in redis.run("HKEYS", f"{{evalx}}:held:{session}")}


def leave(run, server, grace, then):
    """Sends SIGTERM, and then the signal `then` unless it is None; checks how long the server takes to end."""
    began = time.monotonic()
    server.process.terminate()
    if then:
        until(lambda: server.passings.has("drain.after_stop"), REACH_SECONDS, "the server drains")
        server.process.send_signal(then)
    server.process.wait(REACH_SECONDS)
    allowed = END_SECONDS[0 if then else grace] * slowdown()
    if (seconds := time.monotonic() - began) > allowed:
        run.row.fault(f"the server ended after {seconds:.2f} s, the limit is {allowed:.2f} s")
    if then == signal.SIGKILL:
        run.note_death(server)
    else:
        run.note_end(server)
