"""R18: the disk has no space left, or no inode. R19: one write or sync fails."""

import contextlib
import ctypes
import itertools
import os
import re
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
REFUSED_WITHIN = 100  # Submissions of 100 kB that the queue's files may still have room for on a full disk.
READY_SECONDS = 5  # From when the disk has space again, or from a start after a fault, until the server is ready.


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
    """A tmpfs for the data of the next server; None if mounting is not allowed here."""
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
    """A program that is not in the cache yet."""
    job = corpus.c_job("a", number, "accepted")
    return corpus.Job({**job.document, "source": f"{corpus.PROGRAM}// {number} {'x' * size}\n"}, job.verdict)


def until_refused(run, server):
    """Submits until the server refuses because there is no space; everything accepted before that must be judged."""
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
                    run.row.fault("the server is ready on a full disk")
            else:  # A program that cannot be cached is compiled again.
                until(clients.are_done, REACH_SECONDS, "all jobs are judged on the full disk")
                if "artifact not kept" not in server.log():
                    run.row.fault("the full disk had space for a program")
            run.kill(server)
            restart_without_room(run, server, folder, refuses)
            until(clients.are_done, REACH_SECONDS, "all jobs are judged")
        # No job was held at two kills, so none may be given up.
        run.finish()


def fill_while_running(run, server, folder, fill, refuses):
    """The disk fills while jobs run: their results are still published."""
    clients = run.clients
    before = set(clients.results)
    clients.submit([*(corpus.mixed(number) for number in range(8)), corpus.sleeper(1500)], "before")
    until(lambda: len(clients.results) >= len(before) + 4, REACH_SECONDS, "some jobs are judged")
    fill(folder)
    until(clients.are_done, REACH_SECONDS, "the running jobs are published")
    if refuses:
        until_refused(run, server)
        # The reserve is used for results only, so everything accepted before the refusal is still judged.
        waiting = set(clients.tokens.values()) - set(clients.results)
        for token in waiting:
            if clients.see(token, REACH_SECONDS) is None:
                run.row.fault(f"{token} was not judged on a full disk")


def restart_without_room(run, server, folder, refuses):
    """The server starts on the full disk, serves stored results, and accepts submissions once there is space."""
    began = []

    def free():
        until(lambda: lives(server), REACH_SECONDS, "the server answers on a full disk")
        if refuses and server.exchange("GET", "/readyz").status != 503:
            run.row.fault("the server is ready after its start on a full disk")
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


# The calls that fail in CI; --long takes every call. A short write is no fault if the writer writes the rest.
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
    """For the first, second, … call of a kind: starts a server in which this call fails, and after it a server without
    a fault, which judges all jobs. --long ends when a server makes fewer calls than that."""
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
            until(lambda: server.died() or clients.are_done(), REACH_SECONDS, "the server ends or judges all jobs")
        stopped += judge_fault(run, server, how, nth, SAID.findall(log_of(run)[said:]))
        if server and not server.died():
            server.stop()  # May hit the fault as well: then it logs it, and has nothing left to lose.
            run.note_end(server)
        met += (fired := bool(SAID.search(log_of(run)[said:])))
        began = time.monotonic()
        clean = run.start()
        run.row.recovered(clean.ready_at - began, READY_SECONDS * slowdown())
        until(clients.are_done, REACH_SECONDS, "the restarted server judges all jobs")
        if run.options.long and not fired:
            break
        if not fired:
            run.row.fault(f"nothing failed: {call} {nth} was never called")
        if run.options.long or nth != some[-1]:
            clean.stop()
            run.note_end(clean)
    run.finish()
    run.row.note(f"{met} faults, the server stopped at {stopped}")


def judge_fault(run, server, how, nth, fired):
    """Checks whether the server stopped or continued as it should; returns 1 if it stopped, otherwise 0. It must stop
    after an I/O error in the queue's database, because the content of the file is then unknown, and only then. `server`
    is None if it stopped during its start."""
    if server is None:
        run.row.kills += 1
        return 1
    stores = [path for path, _ in fired if os.path.basename(path) in ("queue.db", "queue.db-wal")]
    if not server.died():
        if stores and how == "eio":
            run.row.fault(f"the server went on after fault {nth} in {stores[0]}")
        return 0
    run.note_death(server)
    if server.process.returncode != 1 or how != "eio":
        run.row.fault(f"fault {nth} ended the server with {server.process.returncode}: {fired}, {server.log()}")
    return 1


def log_of(run):
    path = os.path.join(run.folder, "server-0", "log")
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
