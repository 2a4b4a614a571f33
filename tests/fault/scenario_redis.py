"""R12: outages of Redis: restart, kill, pause, no memory, no disk, data loss, fail-over to a replica."""

import concurrent.futures
import os
import signal
import time

import corpus
from evalx_server import until
from live import LEASE_SECONDS
from points import REDIS
from proxy import Proxy
from redis_server import Redis, RedisConnection
from scenario_network import MENDED_SECONDS, become_ready, become_unready, refuse
from scenarios import scenario

REACH_SECONDS = 60
AWAY_SECONDS = 3
SLEEP_SECONDS = 12  # Longer than evalx waits for an answer.
PAUSE_SECONDS = 20  # Longer than a lease.
FULL_SECONDS = LEASE_SECONDS + 2
BROKEN_SECONDS = 5
LOST = "evalx_leases_lost_total"


def command(run, *words):
    with RedisConnection(run.redis.address) as redis:
        return redis.run(*words)


def take_again(run):
    """Recovery is measured until the server accepts a submission, which may be before it is ready."""
    began, before = time.monotonic(), run.clients.accepted()
    run.clients.submit([corpus.mixed(0)])
    until(lambda: run.clients.accepted() > before, REACH_SECONDS, "a submission is accepted")
    run.row.recovered(time.monotonic() - began, MENDED_SECONDS)


def submit_meanwhile(run, server):
    """A submission waits until a silent Redis answers again, while /healthz answers at once."""
    run.clients.submit([corpus.mixed(0)], "meanwhile")
    if server.exchange("GET", "/healthz").status != 200:
        run.row.fault("while Redis is silent /healthz does not answer 200")


def restart_by(kill_signal):
    def act(run, server, _):
        run.redis.process.send_signal(kill_signal)
        run.redis.process.wait()
        run.row.kills += 1
        become_unready(server)
        refuse(run, server)
        time.sleep(AWAY_SECONDS)
        run.redis.start()
        until(run.redis.answers, REACH_SECONDS, "Redis answers again")
        become_ready(run, server)
    return act


def sleep(run, server, _):
    """One long command blocks all connections."""
    seconds = 30 if run.options.long else SLEEP_SECONDS
    with concurrent.futures.ThreadPoolExecutor(1) as sleeper, RedisConnection(run.redis.address) as redis:
        redis.socket.settimeout(None)
        redis.send("DEBUG", "SLEEP", seconds)  # Sent first, so that Redis reads it before anything else.
        asleep = sleeper.submit(redis.reply)
        submit_meanwhile(run, server)
        asleep.result()
    become_ready(run, server)


def pause(run, server, _):
    command(run, "CLIENT", "PAUSE", PAUSE_SECONDS * 1000, "ALL")
    began = time.monotonic()
    submit_meanwhile(run, server)
    time.sleep(max(0.0, began + PAUSE_SECONDS - time.monotonic()))
    become_ready(run, server)


def fill_memory(run, server, clients):
    """Submissions are refused, accepted jobs are judged and published, and no lease is lost although Redis has no memory."""
    known = set(clients.tokens.values())
    command(run, "CONFIG", "SET", "maxmemory", 1)
    began = time.monotonic()
    become_unready(server)
    refuse(run, server)
    until(lambda: known <= set(clients.results), REACH_SECONDS, "accepted jobs are judged without memory")
    time.sleep(max(0.0, began + FULL_SECONDS - time.monotonic()))
    refuse(run, server)
    if lost := server.metrics()[LOST]:
        run.row.fault(f"{lost:.0f} leases were lost without memory")
    command(run, "CONFIG", "SET", "maxmemory", 0)
    take_again(run)


def break_snapshots(run, server, _):
    """With Redis' default settings a failed snapshot makes it refuse all writes."""
    os.mkdir(os.path.join(run.redis.folder, "dump.rdb"))
    command(run, "CONFIG", "SET", "save", "3600 1")
    command(run, "BGSAVE")
    until(lambda: "rdb_last_bgsave_status:err" in command(run, "INFO", "persistence"), REACH_SECONDS, "the snapshot failed")
    become_unready(server)
    refuse(run, server)
    time.sleep(BROKEN_SECONDS)
    os.rmdir(os.path.join(run.redis.folder, "dump.rdb"))
    command(run, "BGSAVE")
    until(lambda: "rdb_last_bgsave_status:ok" in command(run, "INFO", "persistence"), REACH_SECONDS, "the snapshot is written")
    take_again(run)


OUTAGES = (("SIGTERM", restart_by(signal.SIGTERM)), ("kill -9", restart_by(signal.SIGKILL)),
           ("kill -9, appendfsync everysec", restart_by(signal.SIGKILL)), ("DEBUG SLEEP", sleep),
           ("CLIENT PAUSE", pause), ("maxmemory", fill_memory), ("failed BGSAVE", break_snapshots))
OUTAGES = tuple((name, (name, act)) for name, act in OUTAGES)


@scenario("R12", REDIS, variants=OUTAGES)
def outage(run, variant):
    name, act = variant
    arguments = ()
    if name == "DEBUG SLEEP":
        run.redis.__exit__()
        run.redis = Redis("--appendonly", "yes", "--appendfsync", "always", "--enable-debug-command", "yes")
    until(run.redis.answers, REACH_SECONDS, "Redis answers")
    if name.endswith("everysec"):
        command(run, "CONFIG", "SET", "appendfsync", "everysec")
        arguments = ("--durability", "normal")
    jobs = 200 if run.options.long else 16
    server = run.start(arguments=arguments)
    clients = run.begin_clients(jobs + 5)
    clients.submit(corpus.sleeper(3000) for _ in range(4))
    clients.submit(corpus.mixed(number) for number in range(jobs))
    until(lambda: clients.accepted() >= 8, REACH_SECONDS, "the first jobs are accepted")
    act(run, server, clients)
    run.finish()  # No job may be given up: after an outage longer than a lease its jobs return without a charge.


@scenario("R12", REDIS, variants=(("a replica takes over", None),))
def take_over(run, _):
    """evalx is switched to a read-only replica, which becomes the master when it has all data of the old one."""
    with Proxy(run.redis.address) as proxy, Redis("--appendonly", "yes", "--appendfsync", "always",
                                               "--replicaof", "{} {}".format(*run.redis.address)) as replica:
        master, run.redis.url = run.redis, proxy.url
        server = run.start()
        clients = run.begin_clients(16)
        clients.submit(corpus.mixed(number) for number in range(16))
        until(lambda: clients.accepted() >= 8, REACH_SECONDS, "the first jobs are accepted")
        with RedisConnection(replica.address) as copy:
            until(lambda: "master_link_status:up" in copy.run("INFO", "replication"), REACH_SECONDS, "the replica follows")
            proxy.switch(replica.address)
            refuse(run, server)
            offset = command(run, "INFO", "replication").partition("master_repl_offset:")[2].split()[0]
            until(lambda: int(copy.run("INFO", "replication").partition("slave_repl_offset:")[2].split()[0]) >= int(offset),
                  REACH_SECONDS, "the replica has all data")
            copy.run("REPLICAOF", "NO", "ONE")
        master.kill()
        run.row.kills += 1
        become_ready(run, server)
        run.redis = replica
        run.finish()
        run.redis = master
        run.row.faults += proxy.errors


@scenario("R12", REDIS, variants=(("FLUSHALL", None),))
def flush(run, _):
    """Lost jobs cannot be judged, but every server reports their number at once; later jobs are not affected."""
    jobs = 16
    servers = [run.start(), run.start()]
    clients = run.begin_clients(jobs)
    clients.submit(corpus.sleeper(3000) for _ in range(jobs))
    until(lambda: clients.accepted() == jobs, REACH_SECONDS, "all jobs are accepted")
    finished = len(clients.results)
    # Each server has read the state of the queue.
    until(lambda: all(one.metrics()["evalx_queue_depth{queue=\"default\"}"] > 0 for one in servers), REACH_SECONDS, "all servers count the jobs")
    command(run, "FLUSHALL")
    began = time.monotonic()
    for server in servers:
        until(lambda server=server: server.metrics()['evalx_jobs_total{event="vanished"}'] > 0, REACH_SECONDS, "the loss is counted")
        if "Redis has lost its data" not in server.log():
            run.row.fault(f"the loss was not logged: {server.log()}")
    run.row.recovered(time.monotonic() - began, 5)
    counted = [server.metrics()['evalx_jobs_total{event="vanished"}'] for server in servers]
    gone = [fault for fault in clients.join() if "404" in fault]
    if max(counted) > jobs or not 0 < len(gone) <= jobs - finished:
        run.row.fault(f"{finished} of {jobs} had finished, {counted} were counted as lost, {len(gone)} are unknown")
    run.row.jobs += jobs
    run.row.lost += len(gone)
    run.row.note(f"counted as lost: {counted[0]:.0f} and {counted[1]:.0f}")
    for tokens in (clients.tokens, clients.results, clients.verdicts):
        tokens.clear()
    run.history.lines.clear()
    clients.submit((corpus.mixed(number) for number in range(jobs)), "later")
    run.finish()
