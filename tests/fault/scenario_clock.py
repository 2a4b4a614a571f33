"""R22: wall clocks jump and drift: the clock of one of several workers, and the clock of Redis' machine."""

import json
import mmap
import os
import struct
import time

import corpus
from evalx_server import run_evalx, until
from live import preloadable
from points import REDIS
from redis_server import Redis, RedisConnection
from scenarios import scenario

LIBRARY = os.path.realpath(os.environ.get("EVALX_FAKE_CLOCK", ""))
REACH_SECONDS = 60
HOUR, DAY = 3600, 24 * 3600
STEPS = (HOUR, -HOUR, DAY, -DAY, 0)
STEP_SECONDS = 1.5
DRIFT = 0.1  # Seconds per second: a thousand times the drift of a bad crystal.
DRIFT_SECONDS = 8
AGE_SECONDS = 2
LOST = "evalx_leases_lost_total"


class Clock:
    """The wall clock of every process that is started with `environment`."""

    def __init__(self, folder):
        path = os.path.join(folder, "clock")
        with open(path, "wb") as file:
            file.write(bytes(8))
        os.chmod(path, 0o644)
        self.environment = {"LD_PRELOAD": preloadable(LIBRARY, folder), "EVALX_CLOCK_OFFSET": path}
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 8)

    def set(self, seconds):
        self.memory[:] = struct.pack("q", int(seconds * 1e9))


def step(clock):
    for seconds in STEPS:
        clock.set(seconds)
        time.sleep(STEP_SECONDS)


def drift(clock):
    began = time.monotonic()
    while (passed := time.monotonic() - began) < DRIFT_SECONDS:
        clock.set(passed * DRIFT)
        time.sleep(0.02)


def begin(run, **environment):
    """Starts a server with this environment beside a plain one, and waits until both run jobs."""
    jobs = 200 if run.options.long else 16
    servers = [run.start(**environment), run.start()]
    clients = run.begin_clients(jobs + 2)
    clients.submit([corpus.sleeper(10000), corpus.sleeper(10000), *(corpus.mixed(number) for number in range(jobs))])
    until(lambda: all(server.passings.has("worker.after_claim") for server in servers), REACH_SECONDS, "both servers run jobs")
    return servers


def look(run, servers, attempts_max):
    lost = sum(server.metrics()[LOST] for server in servers)
    run.finish()
    if attempts_max == 1 and lost:
        run.row.fault(f"{lost:.0f} leases were lost")
    run.row.limit_attempts(attempts_max)


@scenario("R22", REDIS, variants=(("worker +-1 h, +-1 d", step), ("worker drifts", drift)))
def workers_clock(run, change):
    clock = Clock(run.folder)
    servers = begin(run, environment=clock.environment)
    if not fakes(servers[0].process.pid):
        run.row.fault("the library was not loaded")
    change(clock)
    until(run.clients.are_done, run.patience, "all clients are done")
    look(run, servers, 1)


def fakes(pid):
    with open(f"/proc/{pid}/maps", encoding="utf-8") as file:
        return LIBRARY in file.read()


def check_age(run):
    """`evalx jobs show` counts the age of a job with the clock of Redis, not with the clock of its own machine."""
    run.clients.submit([corpus.mixed(0)], "aged")
    [token] = until(lambda: [token for key, token in list(run.clients.tokens.items()) if key.startswith("aged")],
                    REACH_SECONDS, "the job is accepted")
    time.sleep(AGE_SECONDS)
    shown = run_evalx("jobs", "show", token, "--queue", run.redis.url, "--json")
    if shown.returncode != 0:
        run.row.fault(f"evalx jobs show: {shown.stderr}")
        return
    age = json.loads(shown.stdout)["age_seconds"]
    if not AGE_SECONDS <= age < HOUR / 2:
        run.row.fault(f"a job that was accepted {AGE_SECONDS} s ago is shown as {age} s old")


@scenario("R22", REDIS, variants=(("Redis +1 h", HOUR), ("Redis -1 h", -HOUR)))
def stores_clock(run, seconds):
    """Leases are measured with the clock of Redis' machine. When it jumps forward, all leases end at once, and each job
    runs at most once more. When it jumps back, a worker that dies then does not count as alive for an hour."""
    clock = Clock(run.folder)
    run.redis.__exit__()
    run.redis = Redis("--appendonly", "yes", "--appendfsync", "always", environment=clock.environment)
    until(run.redis.answers, REACH_SECONDS, "Redis answers")
    servers = begin(run)
    clock.set(seconds)
    with RedisConnection(run.redis.address) as redis:
        ahead = int(redis.run("TIME")[0]) - time.time()
    if abs(ahead - seconds) > 5:
        run.row.fault(f"Redis is {ahead:.0f} s ahead, not {seconds}")
    if seconds < 0:
        run.kill(servers.pop())
    check_age(run)
    until(run.clients.are_done, run.patience, "all clients are done")
    look(run, servers, 2)
