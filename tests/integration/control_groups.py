"""Control groups with limits of their own, in which a test starts a server: as a container does."""

import os
import signal
import unittest

from evalx_server import until

ROOT = "/sys/fs/cgroup"


def _mounts():
    """{controller: mount point} of version 1, and the mount point of version 2 under "unified"."""
    found = {}
    with open("/proc/self/mountinfo", encoding="utf-8") as lines:
        for line in lines:
            left, right = line.split(" - ")
            kind, _, options = right.split()[:3]
            if kind == "cgroup":
                for controller in options.split(","):
                    found[controller] = left.split()[4]
            elif kind == "cgroup2":
                found["unified"] = left.split()[4]
    return found


class Group:
    """One group with `limits`, {file: text}; the files are named "controller.file". A context manager."""

    def __init__(self, name, limits):
        mounts = _mounts()
        self.folders = {}
        for file in limits:
            controller = file.split(".")[0]
            if controller not in mounts:
                raise unittest.SkipTest(f"no cgroup v1 hierarchy with the controller {controller}")
            self.folders[controller] = os.path.join(mounts[controller], f"{name}-{os.getpid()}")
        try:
            for folder in self.folders.values():
                os.makedirs(folder, exist_ok=True)
            for file, text in limits.items():
                self.write(file, text)
        except OSError as error:
            self.remove()
            raise unittest.SkipTest(f"cannot make a control group: {error}") from error

    def write(self, file, text):
        with open(os.path.join(self.folders[file.split(".")[0]], file), "w", encoding="utf-8") as out:
            out.write(text)

    def read(self, file):
        with open(os.path.join(self.folders[file.split(".")[0]], file), encoding="utf-8") as text:
            return text.read().strip()

    def enter(self):
        """For preexec_fn: moves the calling process."""
        for folder in self.folders.values():
            with open(os.path.join(folder, "cgroup.procs"), "w", encoding="utf-8") as procs:
                procs.write("0")

    def members(self):
        pids = set()
        for folder in self.folders.values():
            for path, _, files in os.walk(folder):
                if "cgroup.procs" in files:
                    with open(os.path.join(path, "cgroup.procs"), encoding="utf-8") as procs:
                        pids.update(int(pid) for pid in procs.read().split())
        return pids

    def remove(self):
        for pid in self.members():
            os.kill(pid, signal.SIGKILL)
        for folder in self.folders.values():
            if os.path.isdir(folder):
                until(lambda folder=folder: _removed(folder), 20, f"{folder} is removed")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()


def _removed(folder):
    """Removes a group and those below it, from the bottom."""
    for path, _, _ in os.walk(folder, topdown=False):
        try:
            os.rmdir(path)
        except OSError:
            return False
    return True
