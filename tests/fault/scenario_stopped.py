"""R4: a worker is stopped for longer than its lease. R5: for a shorter time. R6: all its threads except one are stopped."""

import concurrent.futures
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time

import corpus
from evalx_server import until
from live import HEAL_SECONDS, LEASE_SECONDS
from points import REDIS
from scenarios import scenario

REACH_SECONDS = 60
LONG_STOP_SECONDS = 20
SHORT_STOP_SECONDS = 10
FROZEN_SECONDS = LEASE_SECONDS + 5
KILLED_SECONDS = 2
LOST = "evalx_leases_lost_total"
# From ptrace(2).
PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH, WALL = 0x4206, 0x4207, 17, 0x40000000


def long_sleeper(milliseconds):
    job = corpus.sleeper(milliseconds)
    return corpus.Job({**job.document, "limits": {**corpus.LIMITS, "wall_time_ms": milliseconds + 20000}}, job.verdict)


def stopped(run, server):
    server.away = True
    server.process.send_signal(signal.SIGSTOP)
    return time.monotonic()


def wake(server):
    server.process.send_signal(signal.SIGCONT)
    server.away = False


def holder(servers, token):
    """Waits until a server has claimed the job; returns that server."""
    return until(lambda: next((server for server in servers if server.passings.has("worker.after_claim", token)), None),
                 REACH_SECONDS, f"{token} is leased")


def begin(run, jobs):
    """Starts two servers; the first one holds all jobs. Returns both servers and the tokens."""
    first = run.start()
    clients = run.begin_clients(len(jobs))
    clients.submit(jobs)
    until(lambda: clients.accepted() == len(jobs), REACH_SECONDS, "all jobs are accepted")
    tokens = [clients.tokens[f"job-{number}"] for number in range(len(jobs))]
    for token in tokens:
        holder([first], token)
    return first, run.start(), tokens


@scenario("R4", REDIS)
def stop_past_the_lease(run, _):
    """When the worker continues, the first job has ended and the second still runs."""
    late, other, (ending, running) = begin(run, [corpus.sleeper(6000), long_sleeper(45000)])
    began = stopped(run, late)
    until(lambda: other.passings.has("worker.after_claim", ending) or other.passings.has("worker.after_claim", running),
          HEAL_SECONDS[REDIS], "the second worker has taken over")
    run.row.recovered(time.monotonic() - began, 2 * LEASE_SECONDS + 10)
    time.sleep(max(0.0, began + LONG_STOP_SECONDS - time.monotonic()))
    wake(late)
    woken = time.monotonic()
    until(lambda: late.passings.has("worker.judged", running), REACH_SECONDS, "its program is killed")
    if time.monotonic() - woken > KILLED_SECONDS:
        run.row.fault(f"a program went on for {time.monotonic() - woken:.1f} s after its lease")
    until(late.is_ready, REACH_SECONDS, "the first worker is ready again")  # It may drop its first connections as idle.
    until(lambda: late.metrics()[LOST] >= 2, REACH_SECONDS, "the first worker notices that it lost its leases")
    answer = other.request("DELETE", f"/v1/submissions/{running}")
    if answer.status not in (200, 202):
        run.row.fault(f"the other job could not be cancelled: {answer.status}")
    run.clients.verdicts[running] = {"cancelled"}
    run.finish()
    for token in (ending, running):
        if late.passings.has("worker.after_complete", token):
            run.row.fault("a late completion was accepted")
    if (attempt := run.clients.results[ending]["attempt"]) != 2:
        run.row.fault(f"the result is from attempt {attempt}")
    run.row.note("2 leases lost, 1 program killed, its result refused")


@scenario("R5", REDIS)
def stop_within_the_lease(run, _):
    late, other, [token] = begin(run, [corpus.sleeper(14000)])
    # A lease counts from its last renewal, so the stop begins right after one.
    renewals = late.passings.count("worker.renewed")
    until(lambda: late.passings.count("worker.renewed") > renewals, REACH_SECONDS, "a renewal")
    stopped(run, late)
    time.sleep(SHORT_STOP_SECONDS)
    wake(late)
    run.finish()
    judge_undisturbed(run, late, other, token)


def judge_undisturbed(run, first, other, token):
    if other.passings.has("worker.after_claim", token):
        run.row.fault("another worker ran it as well")
    if not first.passings.has("worker.after_complete", token) or run.row.attempts_max != 1:
        run.row.fault(f"the first worker did not finish the job in one attempt: {run.row.attempts_max} attempts")


@contextlib.contextmanager
def load(cores):
    """Runs twice as many busy processes as there are cores."""
    hogs = [subprocess.Popen([sys.executable, "-c", f"import os\nos.sched_setaffinity(0, {cores})\nwhile True: pass"])
            for _ in range(2 * len(cores))]
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()


class Frozen:
    """Stops single threads of a process with ptrace; a signal would stop all of them. Use it from one thread, the tracer."""

    def __init__(self, pid, spared):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        self.threads = []
        for tid in sorted(map(int, os.listdir(f"/proc/{pid}/task"))):
            with open(f"/proc/{pid}/task/{tid}/comm", encoding="ascii") as file:
                if file.read().strip() not in spared:
                    self.threads.append(tid)

    def ptrace(self, request, tid):
        if self.libc.ptrace(request, tid, None, None) != 0:
            raise OSError(ctypes.get_errno(), f"ptrace {request:#x} of thread {tid}: {os.strerror(ctypes.get_errno())}")

    def hold(self, seconds):
        for tid in self.threads:
            self.ptrace(PTRACE_SEIZE, tid)
            self.ptrace(PTRACE_INTERRUPT, tid)
            os.waitpid(tid, WALL)
        time.sleep(seconds)
        for tid in self.threads:
            self.ptrace(PTRACE_DETACH, tid)
        return len(self.threads)


@scenario("R6", REDIS)
def starve(run, _):
    """The thread that renews leases shares one busy core; all other threads are stopped."""
    late, other, [token] = begin(run, [long_sleeper(3000)])
    cores = {min(os.sched_getaffinity(0))}
    for tid in os.listdir(f"/proc/{late.process.pid}/task"):
        os.sched_setaffinity(int(tid), cores)
    late.away = True
    before = late.passings.count("worker.renewed")
    with load(cores), concurrent.futures.ThreadPoolExecutor(1) as tracer:
        frozen = tracer.submit(lambda: Frozen(late.process.pid, {"queue-redis"}).hold(FROZEN_SECONDS)).result()
    late.away = False
    renewals = late.passings.count("worker.renewed") - before
    if frozen < 2 or renewals < FROZEN_SECONDS // LEASE_SECONDS * 3:
        run.row.fault(f"{frozen} threads were stopped, {renewals} renewals meanwhile")
    run.finish()
    judge_undisturbed(run, late, other, token)
    run.row.note(f"{frozen} threads were stopped for {FROZEN_SECONDS} s, {renewals} renewals")
