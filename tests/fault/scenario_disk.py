"""R18: the disk is full, or has no room for another file. R19: one write or sync fails."""

import contextlib
import ctypes
import itertools
import json
import os
import re
import signal
import threading
import time

import corpus
from evalx_server import until
from history import now_us
from live import preloadable
from load import slowdown
from points import REDIS, SQLITE
from scenarios import scenario

FAULT_DISK = os.environ.get("EVALX_FAULT_DISK", "")
DISK_OPTIONS = b"size=24m,nr_inodes=64"  # The queue keeps 4 MiB in reserve.
MNT_DETACH = 2
REACH_SECONDS = 60
REFUSED_WITHIN = 100  # Submissions of 100 kB, which the files have room for after the disk has none.
READY_SECONDS = 5  # After the disk has room again, or from a start after a fault.


def fill_bytes(folder):
    with open(os.path.join(folder, "filler"), "wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (1 << 16, 1 << 12):
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(size))


def fill_inodes(folder):
    with contextlib.suppress(OSError):
        for number in itertools.count():
            os.close(os.open(os.path.join(folder, f"filler-{number}"), os.O_CREAT | os.O_EXCL | os.O_WRONLY))


def make_room(folder):
    for name in os.listdir(folder):
        if name.startswith("filler"):
            os.remove(os.path.join(folder, name))


@contextlib.contextmanager
def small_disk(run):
    """A tmpfs for the data of the next server; None where nothing may be mounted."""
    folder = os.path.join(run.next_folder(), "data")
    os.makedirs(folder)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"tmpfs", folder.encode(), b"tmpfs", 0, DISK_OPTIONS) != 0:
        run.row.skipped = f"needs the right to mount a tmpfs: {os.strerror(ctypes.get_errno())}"
        yield None
        return
    try:
        yield folder
    finally:
        libc.umount2(folder.encode(), MNT_DETACH)


def program(number, size=0):
    """One that is not compiled yet."""
    job = corpus.c_job("a", number, "accepted")
    return corpus.Job({**job.document, "source": f"{corpus.PROGRAM}// {number} {'x' * size}\n"}, job.verdict)


def until_refused(run, server):
    """Submits until it hears that there is no room; whatever is accepted before is to be judged."""
    for number in range(REFUSED_WITHIN):
        key = f"full-{run.row.kills}-{number}"
        job = program(number, 100_000)
        asked = now_us()
        answer = server.request("POST", "/v1/submissions", job.document, headers={"Idempotency-Key": key})
        if answer.status == 503:
            if int(answer.headers["retry-after"]) < 1:
                run.row.fault(f"a refusal without Retry-After: {answer.headers}")
            return
        if answer.status != 202:
            run.row.fault(f"on a full disk: {answer.status} {answer.body[:300]}")
        token = answer.json()["token"]
        run.history.add("accepted", job=token, key=key, at=asked)
        run.clients.tokens[key] = token
        run.clients.verdicts[token] = {job.verdict}
    run.row.fault(f"{REFUSED_WITHIN} submissions were accepted on a full disk")


@scenario("R18", SQLITE, REDIS, variants=(("no room left", fill_bytes), ("no inode left", fill_inodes)))
def full_disk(run, fill):
    refuses = run.backend == SQLITE and fill is fill_bytes
    with small_disk(run) as folder:
        if folder is None:
            return
        server = run.start()
        clients = run.begin_clients(8)
        for cycle in range(10 if run.options.long else 1):
            fill_while_running(run, server, folder, fill, refuses)
            clients.submit((program(1000 * cycle + number) for number in range(4)), "on-a-full-disk")
            if refuses:
                until_refused(run, server)
                if server.exchange("GET", "/readyz").status != 503:
                    run.row.fault("it is ready on a full disk")
            else:  # What cannot be kept is compiled again.
                until(lambda: all(future.done() for future in clients.futures), REACH_SECONDS, "all is judged meanwhile")
                if "artifact not kept" not in server.log():
                    run.row.fault("the disk had room for a program")
            run.kill(server)
            restart_without_room(run, server, folder, refuses)
            until(lambda: all(future.done() for future in clients.futures), REACH_SECONDS, "all is judged at last")
        # A job in hand at two kills is given up: none was.
        run.finish()


def fill_while_running(run, server, folder, fill, refuses):
    """The disk fills while jobs run: their results are published all the same."""
    clients = run.clients
    before = set(clients.results)
    clients.submit([*(corpus.mixed(number) for number in range(8)), corpus.sleeper(1500)], "before")
    until(lambda: len(clients.results) >= len(before) + 4, REACH_SECONDS, "some are judged")
    fill(folder)
    until(lambda: all(future.done() for future in clients.futures), REACH_SECONDS, "what runs is published")
    if refuses:
        until_refused(run, server)
        # Beside what was accepted before the first refusal, the reserve is for results.
        waiting = set(clients.tokens.values()) - set(clients.results)
        for token in waiting:
            if clients.see(token, REACH_SECONDS) is None:
                run.row.fault(f"{token} was not judged on a full disk")


def restart_without_room(run, server, folder, refuses):
    """It starts on the full disk, serves what it has, and takes new work once there is room."""
    began = []

    def free():
        until(lambda: lives(server), REACH_SECONDS, "it answers on a full disk")
        if refuses and server.exchange("GET", "/readyz").status != 503:
            run.row.fault("after its start on a full disk it is ready")
        began.append(time.monotonic())
        make_room(folder)

    freeing = threading.Thread(target=free)
    server.ready_at = None
    freeing.start()
    server.start()
    freeing.join()
    run.launchers.update(server.launchers())
    if refuses:
        run.row.recovered(server.ready_at - began[0], READY_SECONDS * slowdown())


def lives(server):
    try:
        return not server.died() and server.exchange("GET", "/healthz").status == 200
    except OSError:
        return False


# At which calls in CI; --long takes all there are. "short" is no fault, if who writes goes on.
CALLS = (
    ("a sync fails", ("sync", "eio", (4, 6))),
    ("a write fails", ("write", "eio", (1, 13, 20))),
    ("a write finds no room", ("write", "enospc", (15,))),
    ("a write is short", ("write", "short", (15,))),
)
CALLS_MAX = 2000
SAID = re.compile(r"^fault_disk: \w+ \d+ of (\S+): (\w+)$", re.M)


@scenario("R19", SQLITE, variants=CALLS)
def failing_disk(run, which):
    """A life with a fault, and one without: for each call, until a life is too short to come to it."""
    call, how, some = which
    clients = run.begin_clients(4)
    met = stopped = 0
    for nth in range(1, CALLS_MAX) if run.options.long else some:
        said = len(log_of(run))
        folder = os.path.join(run.next_folder(), "data")
        environment = {"LD_PRELOAD": preloadable(FAULT_DISK, run.folder), "FAULT_DISK": f"{folder} {call} {nth} {how}"}
        server = run.start(environment=environment, may_die=True)
        clients.submit(corpus.mixed(10 * nth + number) for number in range(4))
        if server:
            until(lambda: server.died() or all(future.done() for future in clients.futures), REACH_SECONDS, "it ends or works")
        stopped += judge_fault(run, server, how, nth, SAID.findall(log_of(run)[said:]))
        if server and not server.died():
            server.stop()  # Which may meet the fault as well: then it says so, and has nothing to lose any more.
            run.note_end(server)
        met += (fired := bool(SAID.search(log_of(run)[said:])))
        began = time.monotonic()
        clean = run.start()
        run.row.recovered(clean.ready_at - began, READY_SECONDS * slowdown())
        until(lambda: all(future.done() for future in clients.futures), REACH_SECONDS, "the next start does all")
        if run.options.long and not fired:
            break
        if not fired:
            run.row.fault(f"nothing failed: {call} {nth} never came")
        if run.options.long or nth != some[-1]:
            clean.stop()
            run.note_end(clean)
    run.finish()
    run.row.note(f"{met} places, at {stopped} of them it stopped")


def judge_fault(run, server, how, nth, fired):
    """Whether it stopped: it must after a fault that leaves the store unknown, and only then may it while it serves."""
    if server is None:
        run.row.kills += 1
        return 1
    stores = [path for path, _ in fired if os.path.basename(path) in ("queue.db", "queue.db-wal")]
    if not server.died():
        if stores and how == "eio":
            run.row.fault(f"it went on after fault {nth}, of {stores[0]}")
        return 0
    run.note_death(server)
    if server.process.returncode != -signal.SIGABRT or how != "eio":
        run.row.fault(f"fault {nth} ended it with {server.process.returncode}: {fired}, {server.log()}")
    return 1


def log_of(run):
    path = os.path.join(run.folder, "server-0", "log")
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
