"""Submits every attack of this folder to a real evalx and checks the verdict, the output and the host.

`run.py NAME …` runs only the named ones. EVALX_BINARY names the binary; it must be built without sanitizers, which do
not work under the sandbox's limits. Options:
  --table FILE.md     writes the outcome of every row of the threat model
  --record syscalls   writes a new golden table
  --sandbox=isolate   uses this engine; not_held_by_isolate.toml lists the attacks that it does not stop
  --prebuild DIR      only compiles the C attacks for emulated machines
  --prebuilt DIR      runs the attacks compiled there (tests/vm)
"""

import argparse
import glob
import http.client
import os
import shutil
import subprocess
import sys
import threading
import time
import tomllib

import host
import load
import special
import table
from attack import HERE, Attack
from serving import ISOLATE, SKIPPED, Server

CANARY = {"language": "c", "source": "#include <stdio.h>\nint main(void) { puts(\"canary\"); }\n",
          "tests": [{"expected_output": "canary\n"}]}
CANARY_PREBUILT = {"language": "prebuilt", "tests": [{"stdin": "look", "expected_output": "held\n"}]}
CANARY_PAUSE_SECONDS = 0.2
CANARY_SECONDS_MAX = 1.0  # Or twice the time on a quiet machine, if that is more.
REPEATS_MAX = 3  # Repeats of an attack after which the server uses more memory.


def not_applicable():
    with open(os.path.join(HERE, "not_applicable.toml"), "rb") as file:
        return tomllib.load(file)


def guarded(attack, server):
    """Runs the attack; every exception becomes a fault of this attack, so that the others still run."""
    try:
        attack.run(server)
    except (AssertionError, OSError, http.client.HTTPException, KeyError, TypeError) as error:
        attack.fault(type(error).__name__ + ":", error)


class Canary:
    """Another client's submissions during an attack: they must be accepted, and not much later than usual."""

    def __init__(self, server, document, quiet):
        self.server = server
        self.document = document
        self.quiet = quiet

    def sing(self):
        """Submits once; returns (seconds, what is wrong with the answer or "")."""
        start = time.monotonic()
        try:
            status, result = self.server.judge(self.document)
        except OSError as error:
            status, result = 0, f"the server cannot be reached: {error}"
        seconds = time.monotonic() - start
        return seconds, "" if status == 200 and result["verdict"] == "accepted" else f"{status} {str(result)[:300]}"

    def beside(self, attack, bound):
        """Sings until the attack is over, at least once; exactly once with a single slot, where both use the same slot."""
        over = threading.Event()
        slowest = 0.0

        def singing():
            nonlocal slowest
            while True:
                seconds, wrong = self.sing()
                slowest = max(slowest, seconds)
                if wrong:
                    attack.fault("the canary failed:", wrong)
                if self.server.sandboxes == 1 or load.EMULATED > 1 or over.wait(CANARY_PAUSE_SECONDS):
                    return

        thread = threading.Thread(target=singing)
        thread.start()
        guarded(attack, self.server)
        over.set()
        thread.join()
        if self.server.sandboxes > 1:
            attack.canary = max(attack.canary, slowest)
            attack.at_most(slowest, attack.expect.get("canary_seconds_max", bound), "seconds of the canary")


def try_once(attack, canary, bound):
    """Runs the attack with the canary beside it, and checks the host. `bound`: seconds that the canary may take."""
    server = canary.server
    memory, data_bytes, used = server.host.memory(), server.data_bytes(), server.host.cpu_seconds()
    canary.beside(attack, bound)
    if "worker_cores_max" in attack.expect and attack.seconds:
        cores = (server.host.cpu_seconds() - used) / attack.seconds
        attack.at_most(cores, attack.expect["worker_cores_max"], "CPUs kept busy by evalX")
    attack.faults += server.host.differences(data_bytes)
    grown = server.host.growth(memory)
    for _ in range(REPEATS_MAX):
        if not grown:
            break
        # The allocator and caches may keep memory after the first runs; a leak grows every time.
        memory = server.host.memory()
        guarded(attack, server)
        grown = server.host.growth(memory)
    attack.faults += grown


def judge_lateness(attack, slack):
    attack.faults += [words for ratio, words in attack.late if ratio > slack]


def run_one(canary, attack):
    """Runs an attack with a canary beside it, and checks the host before and after. If only time limits were exceeded,
    runs it again with limits that are adjusted to the current load of the machine."""
    try_once(attack, canary, max(CANARY_SECONDS_MAX, 2 * canary.quiet))
    if attack.faults or not any(ratio > load.EMULATED for ratio, _ in attack.late):
        return
    first = [words for ratio, words in attack.late if ratio > load.EMULATED]
    attack.forget()
    quiet, busy = canary.sing()[0], load.slowdown()
    try_once(attack, canary, max(CANARY_SECONDS_MAX, 2 * quiet))
    busy = max(busy, load.slowdown())
    judge_lateness(attack, load.EMULATED * busy)
    attack.note = f"second try, on a machine {busy:.1f} times slower than when quiet; first try: {'; '.join(first)}"


def run_together(server, attacks):
    """Runs attacks that mostly wait or compile, all at once. If the host has changed, every one of them has this fault,
    because the cause is unknown."""
    memory, data_bytes = server.host.memory(), server.data_bytes()
    threads = [threading.Thread(target=guarded, args=(attack, server)) for attack in attacks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = server.host.differences(data_bytes) + server.host.growth(memory, host.RSS_GROWTH_KB_MAX * len(attacks))
    for attack in attacks:
        attack.faults += found


def tried_again(server, attacks):
    """After run_together(): runs the attacks again, one after another, that have no fault but were late."""
    for attack in attacks:
        if not attack.faults and any(ratio > load.EMULATED for ratio, _ in attack.late):
            attack.forget()
            run_one(Canary(server, CANARY, server.warm_up(CANARY)), attack)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--table")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--sandbox", choices=("native", "isolate"), default="native")
    parser.add_argument("--prebuild")
    parser.add_argument("--prebuilt")
    return parser.parse_args()


def chosen(options):
    """The attacks to run. Every row of the threat model must have one, or be in not_applicable.toml."""
    folders = [os.path.dirname(path) for path in sorted(glob.glob(os.path.join(HERE, "*", "expect.toml")))]
    attacks = [Attack(folder, options.prebuilt) for folder in folders]
    if options.prebuilt:
        attacks = [attack for attack in attacks if "emulated" in attack.expect]
    unknown = set(options.names) - {attack.name for attack in attacks}
    if unknown:
        raise SystemExit(f"no such attack: {sorted(unknown)}")
    if options.names:
        attacks = [attack for attack in attacks if attack.name in options.names]
    elif options.prebuilt or options.prebuild:
        return attacks
    elif untried := set(table.ROWS) - {row for attack in attacks for row in attack.expect["ids"]} - set(not_applicable()):
        raise SystemExit(f"rows without an attack: {sorted(untried)}")
    return attacks


def prebuild(attacks, folder):
    """Compiles the attacks for machines on which a compiler takes half a minute."""
    os.makedirs(folder, exist_ok=True)
    for attack in attacks:
        if attack.is_in_c():
            subprocess.run(["gcc", "-std=gnu17", "-O2", "-w", "-I", HERE, "-o", os.path.join(folder, attack.name),
                            attack.source_path(), "-lm"], check=True)


def not_held_by(engine):
    if engine == "native":
        return {}
    with open(os.path.join(HERE, f"not_held_by_{engine}.toml"), "rb") as file:
        return tomllib.load(file)


def run_all(attacks, options):
    """Runs the attacks; returns the canary's seconds on a quiet machine, and the checks that are not possible here."""
    canary_document = CANARY
    if options.prebuilt:
        canary_document = CANARY_PREBUILT | {"files": Attack(os.path.join(HERE, "daemon"), options.prebuilt).files()}
    lanes = {lane: [attack for attack in attacks if attack.lane == lane] for lane in ("main", "together", "single")}
    if options.prebuilt:  # On an emulated machine a server takes long to start.
        lanes["main"] += lanes["together"]
        lanes["together"] = []
    needed = {"main": 2, "together": 4, "single": 1}
    with special.planted_marker(options.prebuilt):
        servers = {lane: Server(needed[lane], options) for lane in lanes if lanes[lane]}
        try:
            quiet = {lane: min(server.warm_up(canary_document) for _ in range(3 if load.EMULATED == 1 else 1)) for lane, server in servers.items()}
            for server in servers.values():
                server.remember_host()
            slow = threading.Thread(target=lambda: run_together(servers["together"], lanes["together"]))
            if lanes["together"]:
                slow.start()
            for lane in ("main", "single"):
                for attack in lanes[lane]:
                    run_one(Canary(servers[lane], canary_document, quiet[lane]), attack)
            if lanes["together"]:
                slow.join()
                tried_again(servers["together"], lanes["together"])
            blind = set().union(*(server.host.blind() for server in servers.values()))
        finally:
            for server in servers.values():
                server.close(sys.exc_info()[0])
    return min(quiet.values()), blind


def main():
    options = arguments()
    attacks = chosen(options)
    if options.prebuild:
        prebuild([attack for attack in attacks if "emulated" in attack.expect], options.prebuild)
        return 0
    if os.geteuid() != 0:
        print("skipped: the sandbox's launcher must be started as root")
        return SKIPPED
    if options.sandbox == "isolate" and not shutil.which(ISOLATE):
        print("skipped: isolate is not installed, and EVALX_ISOLATE names none")
        return SKIPPED
    began = time.monotonic()
    quiet, blind = run_all(attacks, options)
    excused = not_held_by(options.sandbox)
    absent = {} if options.names or options.prebuilt else not_applicable()
    table.show(attacks, absent, excused)
    table.summary(attacks, excused, quiet, blind, time.monotonic() - began)
    if options.table:
        table.write(options.table, attacks, absent, excused, time.monotonic() - began)
    return 1 if table.failed(attacks, excused) else 0


if __name__ == "__main__":
    sys.exit(main())
