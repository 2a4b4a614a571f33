"""R14: a bad network between evalx and Redis. R15: the answer of each script is lost after its commit."""

import json
import os
import time

import corpus
from evalx_server import until
from live import LEASE_SECONDS
from load import slowdown
from points import REDIS
from proxy import SCRIPTS, Proxy
from scenario_callbacks import LOST as LOST_OF_CALLBACKS
from scenarios import scenario

REACH_SECONDS = 60
MENDED_SECONDS = 5.0  # evalx retries a connection after 3 s at the latest.
CALM_SECONDS = 4.0
CPU_SHARE_MAX = 0.2
CUT_SECONDS = 3  # After stay_calm().
MUTE_SECONDS = 5
ANSWER_SECONDS = 10  # evalx gives up a silent connection after this.
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def refuse(run, server):
    """A submission is refused with Retry-After, while /healthz still answers 200."""
    body = json.dumps(corpus.mixed(0).document).encode()
    answer = server.exchange("POST", "/v1/submissions", body, {"Content-Type": "application/json"})
    if answer.status != 503 or int(answer.headers.get("retry-after", 0)) < 1:
        run.row.fault(f"without Redis a submission was answered with {answer.status} {answer.headers} {answer.body[:300]}")
    if server.exchange("GET", "/healthz").status != 200:
        run.row.fault("without Redis /healthz does not answer 200")


def stay_calm(run, server):
    """The server waits for Redis without using much CPU."""
    before, began = cpu_seconds(server.process.pid), time.monotonic()
    time.sleep(CALM_SECONDS)
    share = (cpu_seconds(server.process.pid) - before) / (time.monotonic() - began)
    if share > CPU_SHARE_MAX:
        run.row.fault(f"the server used {share:.0%} of a CPU while Redis was down")
    run.row.note(f"{share:.1%} CPU while Redis was down")


def become_unready(server):
    until(lambda: server.exchange("GET", "/readyz").status == 503, REACH_SECONDS, "the server is not ready")


def become_ready(run, server, seconds=MENDED_SECONDS):
    began = time.monotonic()
    until(server.is_ready, REACH_SECONDS, "the server is ready again")
    run.row.recovered(time.monotonic() - began, seconds * slowdown())


def finish_all(run):
    """Waits until every client has its result, or has given up."""
    until(run.clients.are_done, run.patience, "all clients are done")


def slow(run, proxy, _):
    proxy.latency_seconds = 0.1
    finish_all(run)


def very_slow(run, proxy, _):
    proxy.latency_seconds = 1.25
    finish_all(run)
    proxy.latency_seconds = 0.0


def narrow(run, proxy, _):
    proxy.bytes_per_second = 10_000
    finish_all(run)
    proxy.bytes_per_second = None


def cut(run, proxy, server):
    proxy.cut()
    become_unready(server)
    refuse(run, server)
    stay_calm(run, server)
    time.sleep(2 * LEASE_SECONDS if run.options.long else CUT_SECONDS)
    proxy.mend()
    become_ready(run, server)


def cut_for_a_lease(run, proxy, server):
    """Running jobs are stopped; they return to the queue without a charge when Redis is reachable again."""
    finish_all(run)
    run.clients.submit([corpus.sleeper(LEASE_SECONDS * 1000)], "long")
    until(lambda: server.metrics()["evalx_sandboxes_in_use"] > 0, REACH_SECONDS, "the job runs")
    proxy.cut()
    until(lambda: "all jobs are stopped" in server.log(), 2 * LEASE_SECONDS * slowdown(), "the job is stopped at the end of its lease")
    proxy.mend()
    become_ready(run, server)
    finish_all(run)
    if lost := server.metrics()["evalx_leases_lost_total"]:
        run.row.fault(f"{lost:.0f} leases were lost")


def hold(direction):
    """Blocks one direction for a while. Its data arrives afterwards, unless evalx has closed the connection by then."""
    def act(run, proxy, server):
        proxy.held.add(direction)
        refuse(run, server)
        become_unready(server)
        stay_calm(run, server)
        proxy.held.clear()
        become_ready(run, server, ANSWER_SECONDS)
    return act


def spoil(action):
    def act(run, proxy, server):
        times = 40 if run.options.long else 6
        rule = proxy.rule("", action, every=11, times=times)
        until(lambda: rule.fired == times, run.patience, f"{times} answers were damaged")
        become_ready(run, server)
        run.row.note(f"{times} times")
    return act


def close_slowly(run, proxy, server):
    proxy.close_slowly(MUTE_SECONDS)
    run.clients.submit([corpus.mixed(0)], "meanwhile")  # It is accepted when evalx is connected again.
    become_ready(run, server)


TROUBLES = (("0.2 s round trip", slow), ("2.5 s round trip", very_slow), ("10 KB/s", narrow), ("cut", cut),
            ("cut for a lease", cut_for_a_lease),
            ("requests blocked", hold("requests")), ("answers blocked", hold("replies")), ("reset in an answer", spoil("half")),
            ("corrupt answers", spoil("corrupt")), ("slow close", close_slowly))


@scenario("R14", REDIS, variants=TROUBLES)
def bad_network(run, trouble):
    jobs = 100 if run.options.long else 12
    with Proxy(run.redis.address) as proxy:
        run.redis.url = proxy.url
        server = run.start()
        clients = run.begin_clients(jobs // 2)
        clients.submit(corpus.mixed(number) for number in range(jobs))
        until(lambda: clients.accepted() >= 2, REACH_SECONDS, "the first jobs are accepted")
        trouble(run, proxy, server)
        run.finish()
        run.row.faults += proxy.errors


# script: which of its answers are lost (2: every second one).
LOST = {"accept": 3, "find": 5, "claim": 3, "renew": 2, "progress": 3, "settle": 4, "reap": 4, "reconcile": 1, "leave": 1,
        "checkpoint": 1, "announce": 1, "end_soon": 1, "probe": 2}
TIMES = {"leave": 1, "checkpoint": 2, "announce": 1, "end_soon": 1}
BATCH_TESTS = 2000  # Enough for more than two checkpoints.


def scripts():
    # Scripts that only list change nothing, no client of this scenario erases or resends, and its results fit in the capacity.
    names = {name.removesuffix(".lua") for name in os.listdir(SCRIPTS) if not name.startswith("prelude")}
    names -= {"list", "workers", "erase", "evict", "list_callbacks", "find_callback", "resend_callback", "withdraw_callback",
              *LOST_OF_CALLBACKS}
    if names != set(LOST):
        raise AssertionError(f"R15 covers {sorted(LOST)}, but the scripts are {sorted(names)}")
    return tuple((name, name) for name in LOST)


@scenario("R15", REDIS, variants=scripts())
def lose_answers(run, name):
    jobs, times = (100, 20) if run.options.long else (12, 2)
    with Proxy(run.redis.address) as proxy:
        run.redis.url = proxy.url
        # Set before the server starts, because a worker announces itself only once.
        rule = proxy.rule(name, "drop", LOST[name], TIMES.get(name, times))
        run.start()
        clients = run.begin_clients(jobs // 2)
        clients.submit([corpus.batch(BATCH_TESTS, BATCH_TESTS)] if name == "checkpoint" else [])
        clients.submit(corpus.mixed(number) for number in range(jobs))
        if name not in ("leave", "end_soon"):  # Those come at the end.
            until(lambda: rule.fired == rule.times, REACH_SECONDS, f"{rule.times} answers of {name} were lost")
        run.finish()
        if rule.fired != rule.times:
            run.row.fault(f"{rule.fired} answers were lost, not {rule.times}")
        # A lease whose grant was lost returns to the queue without a charge, because no worker died.
        run.row.limit_attempts(1)
        run.row.note(f"{rule.fired} answers lost")
        run.row.faults += proxy.errors
