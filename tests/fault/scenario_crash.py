"""R1: the server is killed at each failpoint. R3: the server is killed again and again."""

import random
import time

import corpus
from callbacks import ENVIRONMENT, Callbacks
from load import slowdown
from live import HEAL_SECONDS, LEASE_SECONDS
from evalx_server import until
from points import POINTS, REDIS, SQLITE
from scenarios import scenario

BATCH_TESTS = 1500  # Enough for two checkpoints.
REACH_SECONDS = 60  # Time to reach a failpoint.
LEASE_AGAIN_SECONDS = 5.0  # From the end of a dead worker's lease until another worker leases the job.
RECOVERY_SECONDS = 1.0  # From the start of an all-in-one server until it is ready.


def restart(run, *rules, **more):
    """Starts a server after a kill and checks how long it took to be ready."""
    began = time.monotonic()
    server = run.start(*rules, **more)
    run.row.recovered(server.ready_at - began, RECOVERY_SECONDS * 1.5 * slowdown())
    return server


def of_backend(backend):
    return [(point.name, point) for point in POINTS if backend in point.backends]


def kill_at(run, point):
    """One kill at the failpoint, then a restart: all jobs are judged, and recovery is fast."""
    jobs = 50 if run.options.long else 12
    rule = f"{point.name}:kill:{point.nth or jobs // 2}"
    clients = run.begin_clients(jobs)
    if point.dies == "start":
        if run.start(rule, may_die=True):
            run.row.fault("the server survived its start")
        run.row.kills += 1
        clients.submit(corpus.mixed(number) for number in range(jobs))
        restart(run)
    elif point.dies == "restart":
        die_while_recovering(run, clients, rule, jobs)
    elif point.dies == "callback":
        die_while_calling(run, clients, rule, jobs)
        return
    else:
        server = run.start(rule, arguments=("--drain-grace-seconds", "0") if point.dies == "drain" else ())
        clients.submit(corpus.sleeper(1000) for _ in range(2 if point.dies == "drain" else 0))
        clients.submit(corpus.batch(BATCH_TESTS, BATCH_TESTS) for _ in range(1 if point.dies == "batch" else 0))
        clients.submit(corpus.mixed(number) for number in range(jobs - clients.begun))
        if point.dies == "helper":
            until(lambda: server.fired()[0], REACH_SECONDS, f"a helper is killed at {point.name}")
            run.row.kills += 1
        elif point.dies == "launcher":
            run.wait_for_death(server, REACH_SECONDS, point.name, code=1)
            restart(run)
        else:
            if point.dies == "drain":
                until(lambda: clients.accepted() >= jobs // 2 and server.passings.has("worker.after_claim"), REACH_SECONDS,
                      "half of the jobs are accepted, and some run")
                server.process.terminate()
            run.wait_for_death(server, REACH_SECONDS, point.name)
            restart(run)
    run.finish()
    if run.backend == REDIS:
        for seconds in run.leased_again():
            run.row.recovered(seconds, LEASE_SECONDS + LEASE_AGAIN_SECONDS * slowdown())


def die_while_calling(run, clients, rule, jobs):
    """Each callback is delivered, by the killed server or by the next one."""
    with Callbacks(run) as callbacks:
        server = run.start(rule, environment=ENVIRONMENT)
        clients.submit(callbacks.calling(corpus.mixed(number), number) for number in range(jobs))
        run.wait_for_death(server, REACH_SECONDS, rule)
        restart(run, environment=ENVIRONMENT)
        callbacks.finish(HEAL_SECONDS[run.backend])


def die_while_recovering(run, clients, rule, jobs):
    """The server is killed while it holds jobs, and again in the middle of the recovery."""
    server = run.start()
    clients.submit([corpus.sleeper(2000), corpus.sleeper(2000), *(corpus.mixed(number) for number in range(jobs - 2))])
    until(lambda: server.passings.has("worker.after_claim"), REACH_SECONDS, "a job is leased")
    run.kill(server)
    second = run.start(rule, may_die=True)
    if second:
        run.wait_for_death(second, HEAL_SECONDS[run.backend], rule)
    else:
        run.row.kills += 1
    restart(run)


scenario("R1", REDIS, variants=of_backend(REDIS))(kill_at)
scenario("R1", SQLITE, variants=of_backend(SQLITE))(kill_at)


@scenario("R3", SQLITE)
def kill_again_and_again(run, _):
    """The server is killed after a random time, restarted, and killed again, while clients submit."""
    cycles = 200 if run.options.long else 8
    dice = random.Random(run.options.seed)
    server = run.start()
    clients = run.begin_clients(8)
    # Enough for all cycles; jobs left after the last cycle are judged without kills.
    clients.submit(corpus.mixed(number) for number in range(cycles * (40 if run.options.long else 25)))
    for _ in range(cycles):
        life = dice.uniform(1, 5) if run.options.long else dice.uniform(0.2, 1.5)
        end = time.monotonic() + life
        while time.monotonic() < end and not server.died():
            time.sleep(0.02)
        if server.died():
            run.row.fault(f"the server ended by itself: {server.log()}")
            return
        run.kill(server)
        server = restart(run)
    # A job that two workers held when they died is given up, even though the job did not cause these kills.
    run.row.given_up_max = run.row.kills
    run.finish()
