"""The processes of the machine, read from /proc."""

import os


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def status_of(pid):
    """{field: text} of /proc/PID/status."""
    return dict(line.split(":\t", 1) for line in read(f"/proc/{pid}/status").splitlines() if ":\t" in line)


def processes_with(mark):
    """The pids of all processes that have `mark` as one of their arguments."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if mark in read(f"/proc/{pid}/cmdline").split("\0"):
                found.append(int(pid))
        except OSError:
            pass  # The process has just ended.
    return found


def descendants_of(pid):
    """The pids of all processes that `pid` or a child of it started, as far as their parents live."""
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            children = [int(child) for child in read(f"/proc/{pid}/task/{task}/children").split()]
        except OSError:
            continue  # The thread has just ended.
        for child in children:
            try:
                found += [child, *descendants_of(child)]
            except OSError:
                pass
    return found
