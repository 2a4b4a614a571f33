"""A run: servers with failpoints on one SQLite folder or one Redis, their clients, and the checks at the end."""

import contextlib
import os
import re
import shutil
import signal
import struct
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(os.path.dirname(HERE), "integration")]
sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
from clients import Clients  # noqa: E402
from evalx_server import Server, make_folder, until  # noqa: E402
from history import History, Passings, digest  # noqa: E402
from points import REDIS, SQLITE  # noqa: E402
from redis_server import Redis  # noqa: E402
from store import read_redis, read_sqlite  # noqa: E402

FAILPOINTS_BINARY = os.environ.get("EVALX_FAILPOINTS_BINARY", "")
LEASE_SECONDS = 15
# A job that has not ended this long after the last fault counts as lost. With Redis a lease must end first, and a
# server that has just connected waits for one more lease before it takes over jobs.
HEAL_SECONDS = {SQLITE: 30, REDIS: 30 + 2 * LEASE_SECONDS}
GONE_SECONDS = 10
FAMILY = re.compile(r"/evalx-(\d+)(?:/|$)")


def preloadable(library, folder):
    """Links the library into `folder`: its own path may contain blanks or colons, which separate LD_PRELOAD (ld.so(8))."""
    link = os.path.join(folder, os.path.basename(library))
    if not os.path.lexists(link):
        os.symlink(os.path.realpath(library), link)
    return link


class FaultServer(Server):
    """A server whose failpoints follow `rules`, each in the form of EVALX_FAILPOINT."""

    def __init__(self, *arguments, folder, rules=(), role="serve", environment=None, contract=None):
        self.role = role
        self.has_data = role != "api"
        self.rules = rules
        self.points = os.path.join(folder, f"points-{len(os.listdir(folder))}")
        os.mkdir(self.points)
        with open(os.path.join(self.points, "counters"), "wb"):
            pass
        self.ready_at = None
        self.away = False  # Alive, but it does not answer.
        self.passings = Passings(os.path.join(self.points, "passings"))
        self.environment = {"EVALX_FAILPOINT": ",".join(rules), "EVALX_FAILPOINT_FOLDER": self.points, **(environment or {})}
        super().__init__(*arguments, folder=folder, contract=contract)

    def command(self):
        return [FAILPOINTS_BINARY, *super().command()[1:]]

    def is_ready(self):
        is_ready = super().is_ready()
        if is_ready and self.ready_at is None:
            self.ready_at = time.monotonic()
        return is_ready

    def fired(self):
        """A list: how often each rule of `rules` has acted, in all processes together."""
        with open(os.path.join(self.points, "counters"), "rb") as file:
            counters = file.read()
        return [struct.unpack_from("QQ", counters, 16 * index)[1] if counters else 0 for index in range(len(self.rules))]

    def died(self):
        """Whether the server has ended, by itself or by a kill."""
        return self.process.poll() is not None

    def launchers(self):
        """The pids of the server's children: its launcher, if it has one. The launcher's cgroups are named after its pid."""
        try:
            with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as file:
                return [int(pid) for pid in file.read().split()]
        except OSError:
            return []


class Run:
    """One scenario on one backend: a folder, its servers, their clients and the history. `row` is its line of the
    table. A context manager: leaving it kills all servers, and deletes the folder if there was no fault."""

    def __init__(self, row, backend, options):
        self.row = row
        self.backend = backend
        self.options = options
        self.patience = 120 if not options.long else 600
        self.folder = make_folder()
        self.redis = Redis() if backend == REDIS else None
        self.history = History()
        self.servers = []  # All that were ever started, dead ones included.
        self.launchers = set()
        self.clients = None
        # key in the store: key in the history. Only for a key that expired and was used again: its second job gets
        # another key in the history, where each key has one job.
        self.key_names = {}
        self.attempts = {}  # token: number of attempts; filled by judge_store().

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.clients:
            self.clients.close()
        for server in self.servers:
            if not server.died():
                with contextlib.suppress(OSError):
                    server.process.send_signal(signal.SIGCONT)
                server.process.kill()
                server.process.wait()
        if self.redis:
            self.redis.__exit__()
        if not self.row.faults:
            shutil.rmtree(self.folder, ignore_errors=True)
        else:
            self.row.fault(f"kept: {self.folder}")

    def begin_clients(self, count):
        self.clients = Clients(self, count)
        return self.clients

    def targets(self):
        return [server for server in self.servers
                if server.role != "worker" and server.contract and not server.died() and not server.away]

    def next_folder(self):
        """The folder for the next server: that of a dead server, if there is one."""
        taken = {server.folder for server in self.servers if not server.died()}
        folder = next(path for number in range(len(taken) + 1)
                      if (path := os.path.join(self.folder, f"server-{number}")) not in taken)
        os.makedirs(folder, exist_ok=True)
        return folder

    def start(self, *rules, role="serve", arguments=(), environment=None, may_die=False):
        """Starts a server: "serve", or with Redis an "api" or a "worker". None if it died during its start."""
        queue = ("--queue", self.redis.url) if self.redis else ()
        sandboxes = ("--max-concurrent-sandboxes", "2") if role != "api" else ()
        contract = self.servers[0].contract if role == "worker" else None  # A worker does not serve it; the first server is an API.
        try:
            server = FaultServer(*sandboxes, *queue, *arguments, folder=self.next_folder(), rules=rules, role=role,
                                 environment=environment, contract=contract)
        except AssertionError:
            if may_die:
                return None
            raise
        self.servers.append(server)
        self.launchers.update(server.launchers())
        return server

    def kill(self, server):
        server.kill()
        self.note_death(server)

    def note_death(self, server):
        server.process.wait()
        self.history.died(server.process.pid)
        self.row.kills += 1

    def wait_for_death(self, server, seconds, what, code=-signal.SIGKILL):
        """Waits until the server's failpoint has ended it, or it has ended itself with this exit code."""
        until(server.died, seconds, f"the server died at {what}; fired: {server.fired()}")
        self.note_death(server)
        if server.process.returncode != code:
            self.row.fault(f"at {what} the server ended with {server.process.returncode}: {server.log()}")

    def note_end(self, server):
        """Notes that the server ended on request, which is no death."""
        if server.process.returncode != 0:
            self.row.fault(f"SIGTERM ended a server with {server.process.returncode}: {server.log()}")
        self.history.died(server.process.pid)

    def leased_again(self):
        """A list with an element for each job that a dead worker held: the seconds until another worker leased it, from
        the death, or from the time when the other worker was ready if that was later."""
        ready = {server.process.pid: server.ready_at * 1e6 for server in self.servers if server.ready_at}
        holders, seconds = {}, []
        for time_us, pid, name, job, _, _ in self.all_passings():
            if name in ("worker.after_complete", "worker.before_release"):
                holders.pop(job, None)
            elif name == "worker.after_claim":
                died = self.history.ends.get(holders.get(job), time_us)
                if died < time_us:
                    seconds.append(max(0.0, time_us - max(died, ready.get(pid, 0))) / 1e6)
                holders[job] = pid
        return seconds

    def all_passings(self):
        return sorted(passing for server in {server.points: server for server in self.servers}.values()
                      for passing in server.passings.all())

    def finish(self):
        """Waits for the clients, stops the servers, and checks everything."""
        self.row.faults += self.clients.join()
        self.row.jobs += len(self.clients.tokens)
        digests, ends = self.last_look()
        for server in self.servers:
            if not server.died():
                server.stop()
                self.note_end(server)
        self.judge_store(digests, ends)
        self.judge_verdicts()
        self.judge_leftovers()

    def last_look(self):
        """{token: digest of the finished document} that a reader gets at the end of the run, and {token: its verdict and
        number of tests}."""
        def look(token):
            document = self.clients.see(token, HEAL_SECONDS[self.backend])
            if document is None:
                return 0  # The checker reports that the job has not ended.
            self.clients.results.setdefault(token, document)
            # A test that was skipped is in the result, but it was never an event.
            tests = [test for test in document["tests"] if test["verdict"] != "skipped"]
            ends[token] = {"verdict": document["verdict"], "tests": len(tests) if len(tests) == len(document["tests"]) else 0}
            return digest(self.clients.ask("GET", f"/v1/submissions/{token}", self.patience).body)

        ends = {}
        tokens = list(set(self.clients.tokens.values()))
        return dict(zip(tokens, self.clients.pool.map(look, tokens), strict=True)), ends

    def judge_store(self, digests, ends):
        contents = read_redis(self.redis.address) if self.redis else read_sqlite(self.servers[-1].data)
        keys = {token: self.key_names.get(key, key) for key, token in contents.keys.items()}
        for token, (state, attempt) in contents.jobs.items():
            self.history.add("stored", job=token, key=keys.get(token, ""), state=state, attempt=attempt,
                             result=digests.get(token, 0), **ends.get(token, {}))
        self.history.add("counted", accepted=len(contents.jobs), ended=contents.results, open=contents.open)
        published = self.history.take_passings(self.all_passings())
        violations = self.history.check(os.path.join(self.folder, "history"))
        twice = [job for job, times in published.items() if times > 1]
        self.row.lost += sum(violation.startswith("I1 ") for violation in violations)
        self.row.twice += len(twice) + sum(violation.startswith("I2 ") for violation in violations)
        self.row.faults += violations + [f"published twice: {job}" for job in twice]
        self.attempts = {token: attempt for token, (_, attempt) in contents.jobs.items()}
        self.row.attempts_max = max([self.row.attempts_max, *self.attempts.values()])

    def judge_verdicts(self):
        """I5: every verdict is one that the oracle allows. evalX's own faults may end as internal_error; these are counted."""
        for token, document in self.clients.results.items():
            if document["verdict"] in self.clients.verdicts[token]:
                continue
            if document["verdict"] == "internal_error":
                self.row.given_up += 1
                if self.row.given_up > self.row.given_up_max:
                    self.row.fault(f"{token} was given up: {document['message']}")
            else:
                self.row.fault(f"{token} should be {self.clients.verdicts[token]}: {document}")

    def judge_leftovers(self):
        """I7: stopped and killed servers leave nothing: no process, no cgroup, no half-written file."""
        try:
            until(lambda: not self.leftovers(), GONE_SECONDS, "nothing is left")
        except AssertionError:
            self.row.fault(f"left: {self.leftovers()}")

    def leftovers(self):
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cgroup", encoding="ascii") as file:
                    if {int(number) for number in FAMILY.findall(file.read())} & self.launchers:
                        found.append(f"process {pid}")
            except OSError:
                pass  # The process has just ended.
        for folder, names, _ in os.walk("/sys/fs/cgroup"):
            found += [os.path.join(folder, name) for name in names
                      if (match := re.fullmatch(r"evalx-(\d+)", name)) and int(match[1]) in self.launchers]
        for folder, _, names in os.walk(self.folder):
            if os.path.basename(folder) == "artifacts":
                found += [os.path.join(folder, name) for name in names if not name.endswith(".artifact")]
        return found
