"""R26: receivers fail, hang and die while every process of evalX, and Redis, is killed: each job is delivered. R15, the
part of callbacks: the answer of each of their scripts is lost after its commit."""

import random
import time

import corpus
from callbacks import ENVIRONMENT, Callbacks
from evalx_server import until
from live import HEAL_SECONDS
from points import REDIS, SQLITE
from proxy import Proxy
from scenarios import scenario
from webhook_receiver import HANG

JOBS, JOBS_LONG = 150, 1_000
CLIENTS = 32
PAUSE_SECONDS = (0.3, 1.2)  # Between two kills.
TROUBLED_SHARE = 0.8  # This share of the callbacks is delivered while receivers fail.
REACH_SECONDS = 60
# These are for JOBS jobs, and grow with their number.
RECEIVERS = 6
KILLS = 6
TROUBLED_SECONDS = 12  # After the last kill, at most, until the receivers are calm.
DELIVERED_SECONDS = 60  # After that.


@scenario("R26", SQLITE, variants=(("kill -9 of serve", None),))
def kill_serve(run, _):
    def kill(victims):
        run.kill(victims[0])
        victims[0] = run.start(environment=ENVIRONMENT)

    call_back(run, [run.start(environment=ENVIRONMENT)], kill)


@scenario("R26", REDIS, variants=(("kill -9 of all", None),))
def kill_any(run, _):
    dice = random.Random(run.options.seed)
    roles = ["api", "api", "worker", "worker"]

    def kill(victims):
        number = dice.randrange(len(victims) + 1)
        if number == len(victims):
            run.redis.kill()
            run.row.kills += 1
            run.redis.start()
            until(run.redis.answers, REACH_SECONDS, "Redis answers again")
            return
        run.kill(victims[number])
        victims[number] = run.start(role=roles[number], environment=environment_of(roles[number]))

    call_back(run, [run.start(role=role, environment=environment_of(role)) for role in roles], kill)


def environment_of(role):
    """A worker sends no callbacks."""
    return ENVIRONMENT if role == "api" else {}


def call_back(run, victims, kill):
    count = run.options.jobs or (JOBS_LONG if run.options.long else JOBS)
    size = count / JOBS
    dice = random.Random(run.options.seed)
    clients = run.begin_clients(CLIENTS)
    with Callbacks(run, max(1, round(RECEIVERS * size)), run.options.seed) as callbacks:
        clients.submit(callbacks.calling(corpus.mixed(number), number) for number in range(count))
        until(callbacks.delivered, REACH_SECONDS, "the first callback is delivered")
        for _ in range(round(KILLS * size)):
            callbacks.disturb(dice.uniform(*PAUSE_SECONDS))
            kill(victims)
        killed = time.monotonic()
        while len(callbacks.delivered()) < TROUBLED_SHARE * count and time.monotonic() < killed + TROUBLED_SECONDS * size:
            callbacks.disturb(dice.uniform(*PAUSE_SECONDS))
        callbacks.calm()
        # A job that a server held at three deaths is given up, and called back as such.
        run.row.given_up_max = run.row.kills
        callbacks.finish(DELIVERED_SECONDS * size)
        run.row.note(f"all delivered {time.monotonic() - killed:.1f} s after the last kill")


# script: which of its answers are lost (2: every second one).
LOST = {"take_callbacks": 2, "settle_callback": 3, "renew_callbacks": 1, "reconcile_callbacks": 1}


@scenario("R15", REDIS, variants=tuple((name, name) for name in LOST))
def lose_answers(run, name):
    jobs, times = (100, 20) if run.options.long else (12, 2)
    with Proxy(run.redis.address) as proxy, Callbacks(run) as callbacks:
        run.redis.url = proxy.url
        rule = proxy.rule(name, "drop", LOST[name], times)
        clients = run.begin_clients(jobs)
        receiver = callbacks.receivers[0]
        if name == "renew_callbacks":  # A lease is renewed while a call takes long.
            receiver.behave = lambda received: HANG
        run.start(environment=ENVIRONMENT)
        clients.submit(callbacks.calling(corpus.mixed(number), number) for number in range(jobs))
        until(lambda: rule.fired == rule.times, REACH_SECONDS, f"{rule.times} answers of {name} were lost")
        receiver.behave = callbacks.behave
        callbacks.calm()
        callbacks.finish(2 * HEAL_SECONDS[REDIS])
        run.row.limit_attempts(1)
        run.row.note(f"{rule.fired} answers lost")
        run.row.faults += proxy.errors
