"""Fault suite: real servers, real Redis, real kill -9; each scenario checks evalX's promises at its end.

  run                     all scenarios, in sizes short enough for CI
  run --only R3,R9        some ids
  run --variant TEXT      only variants whose backend or name contains TEXT, e.g. sqlite or worker.after_claim
  run --long              full sizes
  run --table FILE.md     writes the table
EVALX_BINARY, EVALX_FAILPOINTS_BINARY, EVALX_CHECK_HISTORY, EVALX_FAULT_DISK and EVALX_FAKE_CLOCK name the built files;
default: build/release.
"""

import argparse
import concurrent.futures
import ctypes
import glob
import importlib
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 0x40000  # sched.h, sys/mount.h
SKIPPED = 77  # CTest's SKIP_RETURN_CODE is set to this.
WIDTH = 8  # Scenarios at a time: they spend most of their time waiting for a lease to end.
BUILT = {"EVALX_BINARY": "build/release/apps/evalx/evalx",
         "EVALX_FAILPOINTS_BINARY": "build/release/tests/fault/evalx_failpoints",
         "EVALX_CHECK_HISTORY": "build/release/tests/fault/check_history",
         "EVALX_FAULT_DISK": "build/release/tests/fault/fault_disk.so",
         "EVALX_FAKE_CLOCK": "build/release/tests/fault/fake_clock.so"}
COLUMNS = ("id", "backend", "variant", "jobs", "kills", "lost", "twice", "given up", "recovery", "time", "")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="")
    parser.add_argument("--variant", default="")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--jobs", type=int, help="number of jobs of R2 and R26, instead of the default of CI or --long")
    parser.add_argument("--table")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--width", type=int, default=WIDTH)
    return parser.parse_args()


def missing():
    """Why the suite cannot run here, or None."""
    if os.geteuid() != 0:
        return "the sandbox's launcher must be started as root"
    for name, path in BUILT.items():
        os.environ.setdefault(name, os.path.join(ROOT, path))
        if not os.access(os.environ[name], os.X_OK):
            return f"{name}: {os.environ[name]} is missing or cannot be executed; build the targets of tests/fault"
    return None


def unshare_mounts():
    """Moves into a mount namespace, so that mounts of scenarios are private and end with this process. If mounting is
    not allowed here, R18 is skipped with the reason."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) == 0:
        libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None)


def registered():
    sys.path[:0] = [os.path.join(ROOT, "tests/integration"), os.path.join(ROOT, "tests/attack")]
    for path in sorted(glob.glob(os.path.join(HERE, "scenario_*.py"))):
        importlib.import_module(os.path.basename(path)[:-3])
    from scenarios import REGISTERED
    return sorted(REGISTERED, key=lambda one: int(one.id[1:]))  # Stable: keeps the order within each module.


def chosen(options):
    every = registered()
    only = set(filter(None, options.only.split(",")))
    if unknown := only - {one.id for one in every}:
        raise SystemExit(f"no such scenario: {sorted(unknown)}")
    return [one for one in every if (not only or one.id in only) and options.variant in f"{one.backend} {one.variant}"]


def released_binary():
    """Checks that the released binary has no failpoints: only the other binary contains the variable's name."""
    from scenarios import Row
    row = Row("R1", "-", "the released binary has none")
    has = {}
    for name in ("EVALX_BINARY", "EVALX_FAILPOINTS_BINARY"):
        with open(os.environ[name], "rb") as file:
            has[name] = b"EVALX_FAILPOINT" in file.read()
    if has != {"EVALX_BINARY": False, "EVALX_FAILPOINTS_BINARY": True}:
        row.fault(f"binaries that contain EVALX_FAILPOINT: {has}")
    return row


def cells(row):
    recovery = "" if row.recovery is None else f"{row.recovery:.2f} s"
    words = "FAILED" if row.faults else row.skipped or "; ".join(row.notes)
    return [row.id, row.backend, row.variant, str(row.jobs), str(row.kills), str(row.lost), str(row.twice), str(row.given_up),
            recovery, f"{row.seconds:.1f} s", words]


def show(row):
    print("{:4} {:7} {:32} {:>5} jobs {:>4} kills {:>3} lost {:>3} twice {:>3} given up {:>8} {:>8}  {}".format(*cells(row)),
          flush=True)
    for fault in row.faults[:20]:
        print(f"       {fault}", flush=True)


def write_table(path, rows):
    lines = ["| " + " | ".join(line) + " |" for line in [COLUMNS, ["---"] * len(COLUMNS), *map(cells, rows)]]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def main():
    options = arguments()
    if why := missing():
        print(f"skipped: {why}")
        return SKIPPED
    unshare_mounts()
    scenarios = chosen(options)
    from redis_server import REDIS as REDIS_BINARY
    has_redis = os.access(REDIS_BINARY, os.X_OK)
    wanted = [one for one in scenarios if one.backend != "redis" or has_redis]
    if len(wanted) < len(scenarios):
        print(f"skipped: Debian's redis-tools is missing, no {REDIS_BINARY}: {len(scenarios) - len(wanted)} scenarios")
    began = time.monotonic()
    rows = [released_binary()] if "R1" in {one.id for one in wanted} else []
    for row in rows:
        show(row)
    with concurrent.futures.ThreadPoolExecutor(options.width) as pool:
        for done in concurrent.futures.as_completed([pool.submit(one.run, options) for one in wanted]):
            rows.append(done.result())
            show(rows[-1])
    rows.sort(key=lambda row: (int(row.id[1:]), row.backend, row.variant))
    if options.table:
        write_table(options.table, rows)
    failed = [row for row in rows if row.faults]
    shown = [row for row in rows if row.faults or not row.skipped]
    print(f"{len(shown)} scenarios, {len(failed)} failed, {len(rows) - len(shown)} skipped, {sum(row.jobs for row in rows)} jobs, {sum(row.kills for row in rows)} "
          f"kills, {sum(row.lost for row in rows)} lost, {sum(row.twice for row in rows)} published twice, "
          f"{time.monotonic() - began:.0f} s")
    if not shown:
        return SKIPPED
    return 1 if failed else 0
