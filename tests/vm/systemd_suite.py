"""The shipped unit under systemd as pid 1, inside the machine that `boot --systemd` starts: never on a machine in use.

    boot --systemd /usr/bin/env EVALX_BINARY=… /usr/bin/python3 -B systemd_suite.py -v
"""

import glob
import json
import os
import shutil
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

BINARY = os.environ.get("EVALX_BINARY", "")
HERE = os.path.dirname(os.path.abspath(__file__))
UNIT = os.path.join(HERE, "../../deploy/systemd/evalx.service")
GROUP = "/sys/fs/cgroup/system.slice/evalx.service"
URL = "http://127.0.0.1:2358"
START_SECONDS = 60  # Under emulation everything takes about twenty times as long.
ANSWER_SECONDS = 120
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("EVALX_")}
LIMITS = {"cpu_time_ms": 20000, "wall_time_ms": 60000}
SUM = {"language": "python", "source": "print(42)\n", "tests": [{"expected_output": "42"}], "limits": LIMITS}


def run(*command, check=True, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}{done.stderr}\n{log()}")
    return done


def log():
    return run("journalctl", "-u", "evalx", "-o", "cat", "--no-pager", "-n", "30", check=False).stdout


def request(path, body=None, url=URL):
    data = None if body is None else json.dumps(body).encode()
    question = urllib.request.Request(url + path, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(question, timeout=ANSWER_SECONDS) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def judged(submission, url=URL):
    status, body = request("/v1/submissions?wait=60", submission, url)
    if status not in (200, 202):
        raise AssertionError(f"{status}: {body}\n{log()}")
    return result_of(json.loads(body)["token"], url)


def result_of(token, url=URL):
    end = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < end:
        status, body = request(f"/v1/submissions/{token}?wait=30", url=url)
        if status == 200 and json.loads(body)["status"] == "finished":
            return json.loads(body)
    raise AssertionError(f"{token} did not finish: {status} {body}\n{log()}")


def wait_until_ready(url=URL):
    end = time.monotonic() + START_SECONDS
    while request("/readyz", url=url)[0] != 200:
        if time.monotonic() > end:
            raise AssertionError(f"not ready: {request('/readyz', url=url)}\n{log()}")
        time.sleep(0.2)


def start(*settings):
    """Starts the unit with these lines in [Service]; returns the server's pid."""
    folder = "/etc/systemd/system/evalx.service.d"
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/test.conf", "w") as file:
        file.write("[Service]\n" + "\n".join(settings) + "\n")
    run("systemctl", "daemon-reload")
    run("systemctl", "reset-failed", "evalx", check=False)
    run("systemctl", "start", "evalx")
    wait_until_ready()
    return main_pid()


def in_root_group(*command):
    """The command in a pid namespace of its own and in the root of all groups, as in two containers that see one tree."""
    return ["/bin/sh", "-c", 'echo $$ > /sys/fs/cgroup/cgroup.procs && exec unshare --pid --fork --mount-proc "$@"', "sh",
            "/usr/local/bin/evalx", *command]


class Neighbour:
    """An `evalx serve` in a pid namespace of its own, beside the unit. Its groups are in the root of all groups."""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            in_root_group("serve", "--listen", f"127.0.0.1:{port}", "--data-dir", f"/var/lib/evalx-{port}"),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=CLEAN)

    def __enter__(self):
        wait_until_ready(self.url)
        return self

    def __exit__(self, *_):
        # unshare ignores SIGTERM while it waits; its child is the server.
        run("pkill", "-TERM", "-P", str(self.process.pid), check=False)
        self.process.wait(60)


def main_pid():
    return int(run("systemctl", "show", "-P", "MainPID", "evalx").stdout)


def install():
    """As docs/deployment.md says. Starting all languages for their versions takes long here, so only Python is left."""
    shutil.copy(BINARY, "/usr/local/bin/evalx")
    shutil.rmtree("/var/lib/evalx", ignore_errors=True)
    run("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "evalx", check=False)
    shutil.copy(UNIT, "/etc/systemd/system/evalx.service")
    tools = set()
    for path in glob.glob(os.path.join(HERE, "../../languages/*.toml")):
        with open(path) as file:
            for line in file:
                if line.startswith("tools = "):
                    tools.update(json.loads(line.removeprefix("tools = ")))
    for tool in sorted(tools):
        if os.path.isfile(tool) and "python" not in tool and os.path.basename(tool) not in ("bash", "cat"):
            run("mount", "--bind", "/dev/null", os.path.realpath(tool))


class ShippedUnit(unittest.TestCase):
    def tearDown(self):
        run("systemctl", "stop", "evalx")
        self.assertEqual(glob.glob(GROUP + "/**/evalx-*", recursive=True), [], "groups are left")

    def test_unit_judges_without_root_and_stops(self):
        pid = start()
        result = judged(SUM)
        self.assertEqual((result["verdict"], result["attempt"]), ("accepted", 1), result)
        with open(f"/proc/{pid}/status") as file:
            status = dict(line.split(":\t", 1) for line in file if ":\t" in line)
        self.assertNotIn("0", status["Uid"].split())
        self.assertEqual(status["CapPrm"].strip(), "0" * 16)

    def test_removed_groups_end_the_server_and_systemd_starts_it_again(self):
        pid = start()
        judged(SUM)
        for group in sorted(glob.glob(GROUP + "/evalx-*/**/", recursive=True), key=len, reverse=True):
            if "evalx-main" not in group:
                # cgroup v2: processes inside forbid rmdir, so they are killed, as a manager would.
                try:
                    with open(group + "cgroup.kill", "w") as file:
                        file.write("1")
                    end = time.monotonic() + 20
                    while time.monotonic() < end:
                        try:
                            os.rmdir(group)
                            break
                        except OSError:
                            time.sleep(0.1)
                except FileNotFoundError:
                    pass
        request("/v1/submissions", SUM)
        end = time.monotonic() + START_SECONDS
        while main_pid() in (0, pid) and time.monotonic() < end:
            time.sleep(0.2)
        wait_until_ready()
        result = judged(SUM)
        self.assertEqual(result["verdict"], "accepted", result)


class Neighbours(unittest.TestCase):
    def test_servers_in_pid_namespaces_of_their_own_do_not_share_a_group(self):
        # Both launchers have the same number, each in its namespace.
        with Neighbour(2360) as first, Neighbour(2361) as second:
            self.assertEqual(len(glob.glob("/sys/fs/cgroup/evalx-[0-9]*")), 2)
            for url in (first.url, second.url, first.url):
                result = judged(SUM, url)
                self.assertEqual((result["verdict"], result["attempt"]), ("accepted", 1), (url, result))

    def test_evalx_run_in_another_pid_namespace_leaves_the_groups_of_an_idle_server(self):
        with open("/tmp/program.py", "w") as file:
            file.write("print(7)\n")
        with Neighbour(2360) as server:
            groups = set(glob.glob("/sys/fs/cgroup/evalx-[0-9]*"))
            self.assertNotEqual(groups, set())
            done = run(*in_root_group("run", "--quiet", "--cpu-time", "20s", "--wall-time", "60s", "/tmp/program.py"),
                       env={**CLEAN, "XDG_CACHE_HOME": "/tmp/cache"}, check=False)
            self.assertEqual((done.stdout, done.returncode), ("7\n", 0), done.stderr)
            self.assertEqual(groups - set(glob.glob("/sys/fs/cgroup/evalx-[0-9]*")), set())
            result = judged(SUM, server.url)
            self.assertEqual((result["verdict"], result["attempt"]), ("accepted", 1), result)


if __name__ == "__main__":
    with open("/proc/cmdline") as cmdline:
        if "evalx.vm=1" not in cmdline.read().split():
            sys.exit("systemd_suite: runs only inside the machine that tests/vm/boot starts")
    install()
    unittest.main(verbosity=2, failfast=True)
