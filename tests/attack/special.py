"""Attacks of more than one submission: on the server's files, with a kill of the server, in every slot at once."""

import contextlib
import glob
import os
import re
import threading
import time

import host
import load
from marker import MARKER
from serving import Server, until

MARKER_FILE = "/etc/evalx-attack-marker"
UNISTD = "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"
NAME = re.compile(r"#define __NR_(\w+) (\d+)")
BROKEN_COUNTED = re.compile(r"^evalx_artifact[^\n]*broken[^\n]* [1-9]", re.M)
SOCKETS_MORE_MAX = 200  # Free objects in the slabs of each CPU count as used.
SOCKETS_SECONDS = 10
LOOKER_KB_MAX = 8 * 1024
METRICS_SECONDS = 5  # A scrape shows older counters if the judge's loop is busy for 200 ms.


@contextlib.contextmanager
def planted_marker(is_read_only=False):
    """Writes the marker to a file that every user of the host may read. A parallel run may remove the file."""
    if is_read_only:  # The /etc of an emulated machine.
        yield
        return
    with open(MARKER_FILE, "w", encoding="utf-8") as file:
        file.write(MARKER + "\n")
    try:
        yield
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(MARKER_FILE)


def record_golden(path, stdout):
    with open(UNISTD, encoding="utf-8") as file:
        names = {number: name for name, number in NAME.findall(file.read())}
    lines = [line + ("  " + names[line.split()[0]] if line.split()[0] in names else "") for line in stdout.splitlines()]
    with open(path, "w", encoding="utf-8") as file:
        file.write("# number, its result with arguments of -1, and its name. Written by run.py --record syscalls.\n")
        file.write("\n".join(lines) + "\n")


def program(value):
    return {"language": "c", "source": f'#include <stdio.h>\nint main(void) {{ puts("{value}"); }}\n',
            "tests": [{"expected_output": f"{value}\n"}]}


def parentheses(attack, server):
    """D4: an expression a million deep."""
    deep = "(" * 1_000_000 + "1" + ")" * 1_000_000
    attack.check(*server.judge({"language": "c", "source": f"int main(void) {{ return {deep}; }}\n", "tests": [{}]}))


def flip_artifact(attack, outer):
    """D10: a byte of a compiled program is changed on the disk while no server has the file open."""
    with Server(1, outer.options) as server:
        flip_artifact_of(attack, server)


def flip_artifact_of(attack, server):
    document = program(f"flip {time.time_ns()}")
    before = set(glob.glob(server.data + "/artifacts/**", recursive=True))
    attack.check(*server.judge(document))
    made = [path for path in set(glob.glob(server.data + "/artifacts/**", recursive=True)) - before if os.path.isfile(path)]
    if len(made) != 1:
        attack.fault("expected one new artifact, found", made)
        return
    with open(made[0], "r+b") as file:
        file.seek(os.path.getsize(made[0]) // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 0xFF]))
    server.kill()
    server.start()
    status, result = server.judge(document)
    attack.check(status, result)
    if status == 200 and (not result["compile"] or result["compile"]["cached"]):
        attack.fault("the changed program came from the store")
    try:
        until(lambda: BROKEN_COUNTED.search(server.request("GET", "/metrics")[1]), METRICS_SECONDS, "the metric counts it")
    except AssertionError:
        attack.fault("no metric counts the broken artifact:", re.findall("evalx_artifact.*", server.request("GET", "/metrics")[1]))


def every_option(attack, server):
    """D7: options that would make a compiler run or read something of the client's choice."""
    for language, options in attack.expect["request"].items():
        for option in options:
            document = program("option") | {"language": language, "compiler_options": option.split(" ")}
            status, answer = server.request("POST", "/v1/submissions", document)
            if status != 422:
                attack.fault(language, "accepts", option, ":", status, str(answer)[:200])


def out_of_memory_everywhere(attack, server):
    """E21: every slot runs out of memory at the same time."""
    document = attack.document() | {"tests": [{}] * (4 if load.EMULATED == 1 else 2)}
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(server.judge(document))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for status, result in answers:
        for test in result["tests"] if status == 200 else [{"verdict": f"status {status}"}]:
            if test["verdict"] != "memory_limit":
                attack.fault("verdict", test["verdict"])


def server_killed(attack, outer):
    """G9: the server is killed while programs run; no process may remain, and no cgroup after the next start."""
    sleeper = attack.document() | {"tests": [{}, {}]}
    with Server(2, outer.options) as victim:
        launcher = host.launcher_of(victim.process.pid)
        status, accepted = victim.request("POST", "/v1/submissions", sleeper)
        if status != 202:
            raise AssertionError(f"not accepted: {status} {accepted}")

        # The compiler has only a few processes, so this many belong to the program.
        until(lambda: len(host.running(victim.process.pid, launcher)) > 8, 20 * load.EMULATED, "the program runs")
        programs = [stray.split()[0] for stray in host.running(victim.process.pid, launcher)]
        victim.kill()
        try:
            until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in (launcher, *programs)), 10 * load.EMULATED,
                  "launcher and programs have ended")
        except AssertionError as error:
            attack.fault(error, [pid for pid in (launcher, *programs) if os.path.exists(f"/proc/{pid}")])
        victim.start()
        left = glob.glob(f"/sys/fs/cgroup/**/evalx-{launcher}-*", recursive=True)
        if left:
            attack.fault("cgroups are left after the next start:", left)
        # The submission runs again by now, in both slots.
        victim.request("DELETE", f"/v1/submissions/{accepted['token']}")
        attack.check(*victim.judge(attack.document() | {"tests": [{"args": ["after"]}]}))


def residue(attack, server):
    """Section I: "leave", then "look" in one slot: as separate submissions, and as tests of one submission."""
    def test(word):
        return {"stdin": word, "expected_output": "left\n" if word == "leave" else "held\n"}

    def check(tests):
        document = attack.document() | {"tests": tests}
        status, result = server.judge(document)
        if status != 200 or result["verdict"] != "accepted":
            wrong = [(one["verdict"], one["signal"], one["memory_kb"], one["message"], one["stdout"])
                     for one in result.get("tests", []) if one["verdict"] != "accepted"] if status == 200 else []
            attack.fault("found:", status, str(wrong or result)[:1000])
            return
        # The memory of "leave", 12 MiB and more, must not count for "look".
        for test_sent, one in zip(tests, result["tests"]):
            if test_sent["stdin"] == "look" and one["memory_kb"] > LOOKER_KB_MAX:
                attack.fault(f"the memory of the test before is counted: {one['memory_kb']} KiB")

    pairs = 100 if load.EMULATED == 1 else 3
    for _ in range(pairs):
        check([test("leave")])
        check([test("look")])
        if attack.faults:
            return
    check([test("leave"), test("look")] * pairs)


def active_sockets():
    """Sockets of the whole machine, counted by its slabs; None if /proc/slabinfo cannot be read."""
    found = re.search(r"^sock_inode_cache +(\d+)", host.read("/proc/slabinfo"), re.M)
    return int(found[1]) if found else None


def socket_trend(attack, server):
    """E8: 200 runs of about 120 pairs each; a leak of one pair per run would show."""
    document = attack.document() | {"tests": [{"expected_output": "held\n"}] * 100}
    before = active_sockets()
    for _ in range(2):
        status, result = server.judge(document)
        if status != 200 or result["verdict"] != "accepted":
            attack.fault(status, str(result)[:600])
    if before is None:
        attack.note = "/proc/slabinfo cannot be read, so the machine's sockets were not counted"
        return
    try:  # Sockets of other programs come and go.
        until(lambda: active_sockets() <= before + SOCKETS_MORE_MAX, SOCKETS_SECONDS, "sockets as before")
    except AssertionError:
        attack.fault(f"{before} sockets before, {active_sockets()} after")


def leave_and_look(attack, server):
    """Own: one program ("leave") leaves traces in a slot, the next one ("look") looks for them: in one submission, and
    in two."""
    document = attack.document()
    tests = attack.expect.get("request", {}).get("tests") or [{"stdin": "leave"}, {"stdin": "look"}]
    leave, look = (test | {"expected_output": said} for test, said in zip(tests, ("left\n", "held\n")))
    turns = ([[leave, look, look]], [[leave], [look]], [[leave], [look]], [[leave, look, leave, look]])
    for submissions in turns if load.EMULATED == 1 else turns[:2]:
        for sent in submissions:
            status, result = server.judge(document | {"tests": sent})
            if status != 200 or result["verdict"] != "accepted":
                reports = result.get("tests", []) if status == 200 else []
                wrong = [(one["verdict"], one["stdout"], one["message"]) for one in reports if one["verdict"] != "accepted"]
                attack.fault(f"{len(submissions)} submissions:", status, str(wrong or result)[:1000])


def leave_and_look_under_contest(attack, outer):
    """Own: as leave_and_look, under a profile that also allows the supervisor fewer calls."""
    with Server(1, outer.options, "contest") as server:
        leave_and_look(attack, server)


def watch_others(attack, server):
    """Own: one program watches the shared root while another is compiled."""
    folder = attack.folder
    with open(os.path.join(folder, "watcher.c"), encoding="utf-8") as file:
        watcher = file.read()
    with open(os.path.join(os.path.dirname(folder), "attack.h"), encoding="utf-8") as file:
        header = file.read()
    document = {"language": "c", "tests": [{}], "files": [{"path": "watcher.c", "content": watcher}, {"path": "attack.h", "content": header}]}
    answers = []
    watching = threading.Thread(target=lambda: answers.append(server.judge(document)))
    watching.start()
    end = time.monotonic() + 2.5
    while watching.is_alive() and time.monotonic() < end:
        server.judge(program(f"victim {time.time_ns()}"))
    watching.join()
    status, result = answers[0]
    attack.check(status, result)
