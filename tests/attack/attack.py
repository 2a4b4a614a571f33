"""One attack: a folder with its program and its expectations."""

import base64
import glob
import os
import re
import sys
import time
import tomllib

import load
import special
from marker import MARKER
from serving import base64_of

HERE = os.path.dirname(os.path.abspath(__file__))
LIMITS = {"cpu_time_ms": 1000, "wall_time_ms": 3000, "memory_kb": 128 * 1024, "processes": 32}
ENDINGS = {".c": "c", ".py": "python", ".sh": "bash", ".hs": "haskell", ".cpp": "cpp", ".java": "java"}
SUBMISSION_KEYS = {"ids", "why", "language", "limits", "compiler_options", "files", "request", "test", "verdict", "status",
                   "compile_has", "compile_lacks", "compile_wall_ms_max", "compile_cpu_ms_max", "seconds_max", "times", "lane",
                   "canary_seconds_max", "worker_cores_max", "special", "golden", "emulated", "one_by_one"}
TEST_KEYS = {"stdin", "stdin_bytes", "args", "expected_output", "count", "verdict", "stdout", "stdout_has",
             "stdout_lacks", "stdout_matches", "wall_ms_max", "wall_ms_min", "cpu_ms_max", "cpu_ms_min", "memory_kb_max",
             "memory_kb_min", "process_limit_hit", "exit_code", "signal", "stderr_lacks"}
# Key of expect.toml, field of the report, and whether a busy machine may exceed it.
BOUNDS = (("wall_ms_max", "wall_time_ms", True), ("cpu_ms_max", "cpu_time_ms", True), ("memory_kb_max", "memory_kb", False))
LEASTS = (("wall_ms_min", "wall_time_ms"), ("cpu_ms_min", "cpu_time_ms"), ("memory_kb_min", "memory_kb"))
SECONDS_MAX = 120


def listed(value):
    return value if isinstance(value, list) else [value]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def text(report, name):
    """A field as text, from the text field or its _base64 twin."""
    return report[name] if name in report else base64.b64decode(report.get(name + "_base64", "")).decode("utf-8", "replace")


class Attack:
    """One folder: the program, the expectations of expect.toml, and after run() the results. `faults` are broken
    expectations; an attack without faults is held. `late` are exceeded time limits, which the caller weighs by the load
    of the machine."""

    def __init__(self, folder, prebuilt=None):
        self.name = os.path.basename(folder)
        self.folder = folder
        self.prebuilt = prebuilt if self.is_in_c() else None
        with open(os.path.join(folder, "expect.toml"), "rb") as file:
            self.expect = tomllib.load(file)
        unknown = set(self.expect) - SUBMISSION_KEYS
        for test in self.expect.get("test", []):
            unknown |= set(test) - TEST_KEYS
        if unknown or not self.expect.get("why") or not self.expect.get("ids"):
            raise SystemExit(f"{self.name}/expect.toml: unknown keys {sorted(unknown)}, or no why or ids")
        self.skipped = ""
        self.note = ""
        self.seconds = 0.0
        self.canary = 0.0
        self.forget()

    def forget(self):
        """Clears the results before another try."""
        self.faults = []
        self.late = []  # (ratio to the limit, text): exceeded time limits, which a busy machine may cause as well.

    def fault(self, *words):
        self.faults.append(" ".join(str(word) for word in words))

    def at_most(self, value, bound, what):
        """Adds to `late` if a time is over its limit."""
        if value > bound:
            self.late.append((value / bound, f"{what}: {value:.2f}, at most {bound:.2f}"))

    @property
    def lane(self):
        """How it runs: "main", one after another; "together", all at once; "single", on a server with one sandbox."""
        return self.expect.get("lane", "main")

    def source_path(self):
        found = glob.glob(os.path.join(self.folder, "[aA]ttack.*"))
        return found[0] if found else None

    def is_in_c(self):
        return (self.source_path() or "").endswith(".c")

    def language(self):
        if self.prebuilt:
            return "prebuilt"
        return self.expect.get("language") or ENDINGS[os.path.splitext(self.source_path())[1]]

    def tests(self):
        """The list of tests; a test with a `count` is repeated."""
        every = []
        only = self.expect.get("emulated", {}).get("only") if load.EMULATED > 1 else None
        for test in self.expect.get("test", [{}]):
            if not only or test["stdin"] in only:
                every += [test] * test.get("count", 1)
        return every

    def files(self):
        if self.prebuilt:
            with open(os.path.join(self.prebuilt, self.name), "rb") as file:
                return [{"path": "attack.elf", "content_base64": base64_of(file.read())}]
        files = [{"path": os.path.basename(self.source_path()), "content": read(self.source_path())}]
        if self.language() == "c":
            files.append({"path": "attack.h", "content": read(os.path.join(HERE, "attack.h"))})
        for path in sorted(glob.glob(os.path.join(self.folder, "*"))):
            if path != self.source_path() and not path.endswith((".toml", ".txt")):
                files.append({"path": os.path.basename(path), "content": read(path)})
        return files + [{"path": path, "content": content} for path, content in self.expect.get("files", {}).items()]

    def document(self):
        tests = []
        for test in self.tests():
            sent = {key: test[key] for key in ("stdin", "args", "expected_output") if key in test}
            if "stdin_bytes" in test:
                sent["stdin_base64"] = base64_of(b"x" * test["stdin_bytes"])
            tests.append(sent)
        limits = LIMITS | self.expect.get("limits", {})
        for limit in ("cpu_time_ms", "wall_time_ms"):  # `keep_limits`: the test waits for these limits.
            if load.EMULATED > 1 and not self.expect.get("emulated", {}).get("keep_limits"):
                limits[limit] = min(int(limits[limit] * load.EMULATED), 60_000)
        document = {"language": self.language(), "files": self.files(), "tests": tests, "limits": limits}
        if "compiler_options" in self.expect:
            document["compiler_options"] = self.expect["compiler_options"]
        return document | self.expect.get("request", {})

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
        for key, field, is_time in BOUNDS:
            if key in expect and is_time:
                self.at_most(report[field], expect[key], f"{where} {field}")
            elif key in expect and report[field] > expect[key]:
                self.fault(where, field, "is", report[field])
        for key, field in LEASTS:
            if key in expect and report[field] < expect[key]:
                self.fault(where, field, "is", report[field])

    def check_compile(self, result):
        compiled = result.get("compile") or {}
        words = text(compiled, "output") if compiled else ""
        for part in self.expect.get("compile_has", []):
            if part not in words:
                self.fault("the compiler's output lacks", repr(part), "in", repr(words[-600:]))
        for part in [MARKER, *self.expect.get("compile_lacks", [])]:
            if part in words:
                self.fault("the compiler's output contains", repr(part))
        for key, field in (("compile_wall_ms_max", "wall_time_ms"), ("compile_cpu_ms_max", "cpu_time_ms")):
            if key in self.expect:
                self.at_most(compiled[field], self.expect[key], f"the compiler's {field}")
        return words

    def check(self, status, result, tests=None):
        """Checks an answer of Server.judge(). `tests`: the expectations for its tests, by default all of expect.toml."""
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
        for index, (expect, report) in enumerate(zip(tests or self.tests(), result["tests"])):
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
            self.fault(f"{len(seen)} lines, but the golden table has {len(golden)}")
        for was, now in zip(golden, seen):
            if was != now:
                self.fault("golden", was, "now", now)

    def run(self, server):
        """Runs the attack and checks everything except the host, which the caller checks."""
        start = time.monotonic()
        if self.source_path() and (missing := server.missing(self.language())) is not None:
            self.skipped = f"{self.language()} is not available: {missing}"
            return
        if "special" in self.expect:
            getattr(special, self.expect["special"])(self, server)
        elif self.expect.get("one_by_one"):  # The canary must never wait for a slot.
            document = self.document()
            for test, sent in zip(self.tests(), document["tests"]):
                self.check(*server.judge(document | {"tests": [sent]}), [test])
        else:
            for _ in range(self.expect.get("times", 1)):
                self.check(*server.judge(self.document()))
        self.seconds = time.monotonic() - start
        self.at_most(self.seconds, self.expect.get("seconds_max", SECONDS_MAX), "seconds in total")
