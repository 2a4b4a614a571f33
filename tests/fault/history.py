"""The history of a live run, in the format of the simulations' checker (src/queue/simulation/history.hpp)."""

import hashlib
import os
import subprocess
import threading
import time

CHECKER = os.environ.get("EVALX_CHECK_HISTORY", "")
CHECK_SECONDS = 120


def now_us():
    """CLOCK_MONOTONIC, which is the same clock for all clients and servers of the machine."""
    return time.monotonic_ns() // 1000


def digest(body):
    return int.from_bytes(hashlib.sha256(body).digest()[:8], "big") | 1


def boot_offset_us():
    """How far CLOCK_BOOTTIME, with which workers measure their leases, is ahead of CLOCK_MONOTONIC."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000 - now_us()


class Passings:
    """The log of the failpoints that servers passed: (time, pid, name, job, lease, at) of each line, as failpoints.cpp
    writes them. Times are µs."""

    def __init__(self, path):
        self.path = path
        with open(path, "a", encoding="ascii"):
            pass

    def all(self):
        found = []
        with open(self.path, encoding="ascii") as file:
            for line in file:
                words = line.split()
                if line.endswith("\n") and len(words) == 6:
                    time_us, pid, name, job, lease, at = words
                    found.append((int(time_us), int(pid), name, job, int(lease), int(at)))
        return found

    def count(self, name):
        return sum(passing[2] == name for passing in self.all())

    def has(self, name, job=None, pid=None):
        return any(passing[2] == name and job in (None, passing[3]) and pid in (None, passing[1]) for passing in self.all())


class History:
    """Lines "TIME KIND NAME=VALUE …", with TIME in µs of CLOCK_MONOTONIC. Thread-safe."""

    def __init__(self):
        self.lock = threading.Lock()
        self.lines = []
        self.ends = {}  # pid: time of death.

    def add(self, kind, time_us=None, **fields):
        words = [str(now_us() if time_us is None else time_us), kind]
        words += [f"{name}={value}" for name, value in fields.items() if value not in ("", 0)]
        with self.lock:
            self.lines.append(" ".join(words))

    def died(self, pid):
        self.ends[pid] = now_us()

    def take_passings(self, passings):
        """Adds grants, runs and renewals; a run ends when its server is killed. Returns how often each job was published."""
        offset = boot_offset_us()
        running, published = {}, {}
        for time_us, pid, name, job, lease, at in passings:
            if name == "worker.after_claim":
                self.add("granted", time_us, job=job, worker=pid, lease=lease)
                self.add("started", time_us, job=job, worker=pid, lease=lease)
                running[job, pid, lease] = True
            elif name in ("worker.judged", "worker.before_release"):
                if running.pop((job, pid, lease), None):
                    self.add("stopped", time_us, job=job, worker=pid, lease=lease)
            elif name == "worker.renewed":
                self.add("renewed", time_us, worker=pid, at=at - offset)
            elif name == "worker.after_complete":
                published[job] = published.get(job, 0) + 1
        for job, pid, lease in running:
            if pid in self.ends:
                self.add("stopped", self.ends[pid], job=job, worker=pid, lease=lease)
        return published

    def check(self, path):
        """Writes the history to `path`; returns the promises that it breaks."""
        with open(path, "w", encoding="ascii") as file:
            file.write("".join(line + "\n" for line in self.lines))
        done = subprocess.run([CHECKER, path], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=CHECK_SECONDS, check=False)
        if done.returncode > 1 or done.returncode < 0:
            return [f"check_history failed: {done.stderr[-500:]}"]
        return done.stdout.splitlines()
