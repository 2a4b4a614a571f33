"""Attacks that are more than one submission: the server's own files, its death, every slot at once."""

import contextlib
import glob
import os
import re
import threading
import time

import host
from marker import MARKER
from serving import Server, until

MARKER_FILE = "/etc/evalx-attack-marker"
UNISTD = "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"
NAME = re.compile(r"#define __NR_(\w+) (\d+)")


@contextlib.contextmanager
def planted_marker():
    """The marker in a file that anybody on the host may read. Another run at the same time may take it away."""
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
        file.write("# number, what became of it with arguments of -1, and its name. Written by run.py --record syscalls.\n")
        file.write("\n".join(lines) + "\n")


def program(value):
    return {"language": "c", "source": f'#include <stdio.h>\nint main(void) {{ puts("{value}"); }}\n',
            "tests": [{"expected_output": f"{value}\n"}]}


def parentheses(attack, server):
    """D4: an expression a million deep."""
    deep = "(" * 1_000_000 + "1" + ")" * 1_000_000
    attack.check(*server.judge({"language": "c", "source": f"int main(void) {{ return {deep}; }}\n", "tests": [{}]}))


def flip_artifact(attack, _):
    """D10: a byte of a compiled program is changed on the disk while no server has it open."""
    with Server(sandboxes=1) as server:
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
        attack.fault("the changed program was taken from the store")
    metrics = server.request("GET", "/metrics")[1]
    if not re.search(r'evalx_artifact_cache_total\{[^}]*broken[^}]*\} [1-9]|broken[^\n]* [1-9]', metrics):
        attack.fault("no metric counts the broken artifact")


def every_option(attack, server):
    """D7: options that would make a compiler run or read what the client chose."""
    for language, options in attack.expect["request"].items():
        for option in options:
            document = program("option") | {"language": language, "compiler_options": option.split(" ")}
            status, answer = server.request("POST", "/v1/submissions", document)
            if status != 422:
                attack.fault(language, "takes", option, ":", status, str(answer)[:200])


def out_of_memory_everywhere(attack, server):
    """E21: every slot runs out of memory at the same time."""
    source = "#include <stdlib.h>\n#include <string.h>\nint main(void) { for (;;) { char* p = malloc(1 << 20); if (p) memset(p, 1, 1 << 20); } }\n"
    document = {"language": "c", "source": source, "tests": [{}] * 4, "limits": {"memory_kb": 65536}}
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


def server_killed(attack, _):
    """G9: the server is killed while programs run; nothing of them may stay, also no group after the next start."""
    sleeper = {"language": "c", "source": "#include <unistd.h>\nint main(void) { for (;;) if (!fork()) { setsid(); sleep(1000); } else sleep(1); }\n",
               "tests": [{}, {}], "limits": {"wall_time_ms": 4000}}
    with Server(sandboxes=2) as victim:
        launcher = host.launcher_of(victim.process.pid)
        victim.request("POST", "/v1/submissions", sleeper)

        def is_running():
            below = [pid for pid, (parent, uid, _) in host.processes().items() if uid > host.SANDBOX_UID_LEAST and host.read(f"/proc/{pid}/comm") == "main\n"]
            return below
        until(is_running, 20, "the program runs")
        victim.kill()
        try:
            until(lambda: not os.path.exists(f"/proc/{launcher}") and not host.strays(launcher), 10, "launcher and programs are gone")
        except AssertionError as error:
            attack.fault(error, host.strays(launcher))
        victim.start()
        left = [path for mount in glob.glob("/sys/fs/cgroup/*/") for path in glob.glob(f"{mount}**/evalx-{launcher}", recursive=True)]
        if left:
            attack.fault("groups are left after the next start:", left)
        attack.check(*victim.judge(program("after")))


def residue(attack, server):
    """Section I: leave, then look, in one slot: as submissions of their own, and as tests of one."""
    def test(word):
        return {"stdin": word, "expected_output": "left\n" if word == "leave" else "held\n"}

    def check(tests):
        document = attack.document() | {"tests": tests}
        status, result = server.judge(document)
        if status != 200 or result["verdict"] != "accepted":
            wrong = [one["stdout"] for one in result.get("tests", []) if one["verdict"] != "accepted"] if status == 200 else []
            attack.fault("found:", status, str(wrong or result)[:1000])

    pairs = 100
    for _ in range(pairs):
        check([test("leave")])
        check([test("look")])
        if attack.faults:
            return
    check([test("leave"), test("look")] * pairs)


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
