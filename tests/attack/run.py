"""Submits every attack of this folder to a real evalx and checks the verdict, the output and the host.

`run.py NAME …` runs only those; `run.py --record syscalls` writes the golden table anew.
EVALX_BINARY names the binary; it must be built without sanitizers, which break under the sandbox's limits.
"""

import base64
import glob
import os
import re
import sys
import threading
import time
import tomllib

import host
import special
from serving import SKIPPED, Server, base64_of

HERE = os.path.dirname(os.path.abspath(__file__))
LIMITS = {"cpu_time_ms": 1000, "wall_time_ms": 3000, "memory_kb": 128 * 1024, "processes": 32}
ENDINGS = {".c": "c", ".py": "python", ".sh": "bash", ".hs": "haskell", ".cpp": "cpp", ".java": "java"}
SUBMISSION_KEYS = {"ids", "why", "language", "limits", "compiler_options", "files", "request", "test", "verdict", "status",
                   "compile_has", "compile_lacks", "seconds_max", "times", "lane", "canary_seconds_max", "special",
                   "golden"}
TEST_KEYS = {"stdin", "stdin_bytes", "args", "expected_output", "count", "verdict", "stdout", "stdout_has",
             "stdout_lacks", "stdout_matches", "wall_ms_max", "wall_ms_min", "cpu_ms_max", "cpu_ms_min",
             "process_limit_hit", "exit_code", "signal", "stderr_lacks"}
# Shown by no attack: it stands in the servers' environment and in a file of /etc.
MARKER = special.MARKER
CANARY = {"language": "c", "source": "#include <stdio.h>\nint main(void) { puts(\"canary\"); }\n",
          "tests": [{"expected_output": "canary\n"}]}
REPEATS_MAX = 3  # Of an attack after which the server is larger.
CANARY_SECONDS_MAX = 10.0  # Generous: the machine may be busy with others. The table tells the slowest.


# Every row of the threat model's tables: each is tried by an attack, or stands in not_applicable.toml.
ROWS = """A1 A2 A4 A5 A6 A8 A9 A10 A11 A13 A14 A15 A16 A17 A19 B1 B2 B4 B5 B7 B9 B10 B12
D1 D2 D4 D5 D7 D8 D10 D11 D12 D13 E1 E3 E4 E5 E6 E8 E9 E11 E12 E14 E15 E17 E19 E20 E21
F1 F2 F4 F5 F7 F8 F9 F10 G1 G2 G3 G4 G5 G6 G7 G8 G9 H1 H2 H3 H4 H6 H7 I""".split()


def listed(value):
    return value if isinstance(value, list) else [value]


class Attack:
    """One folder: its expectations, its program, and in the end what was not held."""

    def __init__(self, folder):
        self.name = os.path.basename(folder)
        self.folder = folder
        with open(os.path.join(folder, "expect.toml"), "rb") as file:
            self.expect = tomllib.load(file)
        unknown = set(self.expect) - SUBMISSION_KEYS
        for test in self.expect.get("test", []):
            unknown |= set(test) - TEST_KEYS
        if unknown or not self.expect.get("why") or not self.expect.get("ids"):
            raise SystemExit(f"{self.name}/expect.toml: unknown keys {sorted(unknown)}, or no why or ids")
        self.faults = []
        self.skipped = ""
        self.seconds = 0.0
        self.canary = 0.0

    @property
    def lane(self):
        return self.expect.get("lane", "main")

    def source_path(self):
        found = glob.glob(os.path.join(self.folder, "[aA]ttack.*"))
        return found[0] if found else None

    def language(self):
        path = self.source_path()
        return self.expect.get("language") or ENDINGS[os.path.splitext(path)[1]]

    def tests(self):
        """The tests one by one, a `count` of them unrolled."""
        every = []
        for test in self.expect.get("test", [{}]):
            every += [test] * test.get("count", 1)
        return every

    def document(self):
        files = [{"path": os.path.basename(self.source_path()), "content": read(self.source_path())}]
        if self.language() == "c":
            files.append({"path": "attack.h", "content": read(os.path.join(HERE, "attack.h"))})
        for path in sorted(glob.glob(os.path.join(self.folder, "*"))):
            if path != self.source_path() and not path.endswith((".toml", ".txt")):
                files.append({"path": os.path.basename(path), "content": read(path)})
        files += [{"path": path, "content": content} for path, content in self.expect.get("files", {}).items()]
        tests = []
        for test in self.tests():
            sent = {key: test[key] for key in ("stdin", "args", "expected_output") if key in test}
            if "stdin_bytes" in test:
                sent["stdin_base64"] = base64_of(b"x" * test["stdin_bytes"])
            tests.append(sent)
        document = {"language": self.language(), "files": files, "tests": tests,
                    "limits": LIMITS | self.expect.get("limits", {})}
        if "compiler_options" in self.expect:
            document["compiler_options"] = self.expect["compiler_options"]
        return document | self.expect.get("request", {})

    def fault(self, *words):
        self.faults.append(" ".join(str(word) for word in words))

    def check_test(self, index, expect, report):
        where = f"test {index}" + (f" ({expect['stdin'].strip()})" if expect.get("stdin") else "") + ":"
        if report["verdict"] not in listed(expect.get("verdict", "accepted")):
            self.fault(where, "verdict", report["verdict"], report["message"], "stdout:", text(report, "stdout")[-600:])
        stdout = text(report, "stdout")
        if "stdout" in expect and stdout != expect["stdout"]:
            self.fault(where, "stdout is", repr(stdout[:1500]))
        for part in expect.get("stdout_has", []):
            if part not in stdout:
                self.fault(where, "stdout lacks", repr(part), "in", repr(stdout[:600]))
        for part in ["BROKEN", MARKER, *expect.get("stdout_lacks", [])]:
            if part in stdout:
                self.fault(where, "stdout has", repr(part), "in", repr(stdout[:1500]))
        if "stdout_matches" in expect and not re.fullmatch(expect["stdout_matches"], stdout, re.S):
            self.fault(where, "stdout does not match:", repr(stdout[:600]))
        for part in [MARKER, *expect.get("stderr_lacks", [])]:
            if part in text(report, "stderr"):
                self.fault(where, "stderr has", repr(part))
        for key in ("process_limit_hit", "exit_code", "signal"):
            if key in expect and report[key] != expect[key]:
                self.fault(where, key, "is", report[key])
        for key, field, sign in (("wall_ms_max", "wall_time_ms", 1), ("wall_ms_min", "wall_time_ms", -1),
                                 ("cpu_ms_max", "cpu_time_ms", 1), ("cpu_ms_min", "cpu_time_ms", -1)):
            if key in expect and report[field] * sign > expect[key] * sign:
                self.fault(where, field, "is", report[field])

    def check_compile(self, result):
        compiled = result.get("compile") or {}
        words = text(compiled, "output") if compiled else ""
        for part in self.expect.get("compile_has", []):
            if part not in words:
                self.fault("the compiler's words lack", repr(part), "in", repr(words[-600:]))
        for part in [MARKER, *self.expect.get("compile_lacks", [])]:
            if part in words:
                self.fault("the compiler's words have", repr(part))
        return words

    def check(self, status, result):
        if status != self.expect.get("status", 200):
            self.fault("status", status, str(result)[:600])
            return
        if status != 200:
            return
        words = self.check_compile(result)
        if "verdict" in self.expect and result["verdict"] not in listed(self.expect["verdict"]):
            self.fault("verdict", result["verdict"], result["message"], words[-600:])
        if result["verdict"] == "compile_error":
            if "compile_error" not in listed(self.expect.get("verdict", "accepted")):
                self.fault("compile_error:", words[:1500])
            return
        if result["verdict"] == "internal_error":
            self.fault("internal_error:", result["message"])
        for index, (expect, report) in enumerate(zip(self.tests(), result["tests"])):
            if report["verdict"] != "cancelled":
                self.check_test(index, expect, report)
        if "golden" in self.expect:
            self.check_golden(text(result["tests"][0], "stdout"))

    def check_golden(self, stdout):
        path = os.path.join(self.folder, self.expect["golden"])
        if "--record" in sys.argv:
            special.record_golden(path, stdout)
        golden = [line.split("  ")[0] for line in read(path).splitlines() if not line.startswith("#")]
        seen = stdout.splitlines()
        if len(golden) != len(seen):
            self.fault(f"{len(seen)} lines instead of the golden table's {len(golden)}")
        for was, now in zip(golden, seen):
            if was != now:
                self.fault("golden", was, "now", now)

    def run(self, server):
        """Everything but the host: that is looked at around it."""
        start = time.monotonic()
        if "special" in self.expect:
            getattr(special, self.expect["special"])(self, server)
        else:
            if not self.source_path():
                raise SystemExit(f"{self.name}: no program")
            missing = server.missing(self.language())
            if missing is not None:
                self.skipped = f"{self.language()} is not here: {missing}"
                return
            for _ in range(self.expect.get("times", 1)):
                self.check(*server.judge(self.document()))
        self.seconds = time.monotonic() - start
        if self.seconds > self.expect.get("seconds_max", 120):
            self.fault(f"took {self.seconds:.1f} s")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def text(report, name):
    """A field of bytes as text, whichever twin it came in."""
    return report[name] if name in report else base64.b64decode(report.get(name + "_base64", "")).decode("utf-8", "replace")


def sing(server, attack):
    """The canary: another's submission at the same time."""
    start = time.monotonic()
    status, result = server.judge(CANARY)
    attack.canary = time.monotonic() - start
    if status != 200 or result["verdict"] != "accepted":
        attack.fault("the canary died:", status, str(result)[:300])
    elif attack.canary > attack.expect.get("canary_seconds_max", CANARY_SECONDS_MAX):
        attack.fault(f"the canary took {attack.canary:.2f} s")


def run_one(server, attack):
    """An attack with a canary beside it, the host looked at before and after."""
    memory, data_bytes = server.host.memory(), server.data_bytes()
    canary = threading.Thread(target=sing, args=(server, attack))
    canary.start()
    attack.run(server)
    canary.join()
    attack.faults += server.host.differences(data_bytes)
    grown = server.host.growth(memory)
    for _ in range(REPEATS_MAX):
        if not grown:
            break
        # The first times an allocator and a cache may keep what they were given; a leak grows every time.
        memory = server.host.memory()
        attack.run(server)
        grown = server.host.growth(memory)
    attack.faults += grown


def run_together(server, attacks):
    """Attacks that mostly wait, all at once; what they do to the host is counted against each."""
    memory, data_bytes = server.host.memory(), server.data_bytes()
    threads = [threading.Thread(target=attack.run, args=(server,)) for attack in attacks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = server.host.differences(data_bytes) + server.host.growth(memory, host.RSS_GROWTH_KB_MAX * len(attacks))
    for attack in attacks:
        attack.faults += found


def not_applicable():
    with open(os.path.join(HERE, "not_applicable.toml"), "rb") as file:
        return tomllib.load(file)


def report(attacks, absent, quiet):
    for attack in sorted(attacks, key=lambda one: (one.expect["ids"][0], one.name)):
        state = f"skipped: {attack.skipped}" if attack.skipped else "NOT HELD" if attack.faults else "held"
        print(f"{','.join(attack.expect['ids']):<14} {attack.name:<22} {state:<9} {attack.seconds:6.2f} s")
        for fault in attack.faults[:12]:
            print(f"    {fault}")
    for identifier, reason in absent.items():
        print(f"{identifier:<14} {'':<22} not applicable: {reason}")
    slowest = max(attacks, key=lambda one: one.canary)
    print(f"canary: {quiet * 1000:.0f} ms when quiet, at most {slowest.canary * 1000:.0f} ms, beside {slowest.name}")


def main():
    if os.geteuid() != 0:
        print("skipped: the sandbox's launcher must be started as root")
        return SKIPPED
    wanted = [word for word in sys.argv[1:] if not word.startswith("--")]
    folders = [os.path.dirname(path) for path in sorted(glob.glob(os.path.join(HERE, "*", "expect.toml")))]
    attacks = [Attack(folder) for folder in folders if not wanted or os.path.basename(folder) in wanted]
    named = {row for attack in attacks for row in attack.expect["ids"]} | set(not_applicable())
    if not wanted and (untried := [row for row in ROWS if row not in named]):
        raise SystemExit(f"rows that nothing tries: {untried}")
    lanes = {lane: [attack for attack in attacks if attack.lane == lane] for lane in ("main", "together", "single")}
    began = time.monotonic()
    with special.planted_marker(), Server(sandboxes=2) as main_server, Server(sandboxes=4) as slow_server, \
            Server(sandboxes=1) as single_server:
        quiet = min(main_server.warm_up(CANARY) for _ in range(5))
        slow_server.warm_up(CANARY)
        single_server.warm_up(CANARY)
        for server in (main_server, slow_server, single_server):
            server.remember_host()
        slow = threading.Thread(target=run_together, args=(slow_server, lanes["together"]))
        slow.start()
        for attack in lanes["main"]:
            run_one(main_server, attack)
        for attack in lanes["single"]:
            run_one(single_server, attack)
        slow.join()
    report(attacks, not_applicable() if not wanted else {}, quiet)
    failed = sum(bool(attack.faults) for attack in attacks)
    skipped = sum(bool(attack.skipped) for attack in attacks)
    print(f"{time.monotonic() - began:.1f} s in all")
    print(f"{len(attacks) - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
