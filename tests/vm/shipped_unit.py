"""Installs and runs the shipped unit under systemd as pid 1, for systemd_suite.py."""

import ctypes
import glob
import json
import os
import shutil
import subprocess
import time
import unittest
import urllib.error
import urllib.request

BINARY = os.environ.get("EVALX_BINARY", "")
HERE = os.path.dirname(os.path.abspath(__file__))
UNIT = os.path.join(HERE, "../../deploy/systemd/evalx.service")
GROUP = "/sys/fs/cgroup/system.slice/evalx.service"
INSTALLED = "/usr/local/bin/evalx"
URL = "http://127.0.0.1:2358"
PATIENCE = int(os.environ.get("EVALX_VM_PATIENCE", "1"))  # By hand, on a machine that is busy with other work.
START_SECONDS = 90 * PATIENCE  # Under emulation everything takes about twenty times as long.
ANSWER_SECONDS = 120 * PATIENCE
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("EVALX_")}
LIMITS = {"cpu_time_ms": 20000, "wall_time_ms": 60000}
KEPT_TOOLS = ("python", "bash", "cat")
MS_BIND = 4096


def run(*command, check=True, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}{done.stderr}\n{log()}")
    return done


def log(lines=30):
    return run("journalctl", "-u", "evalx", "-o", "cat", "--no-pager", "-n", str(lines), check=False).stdout


def until(condition, what, seconds=ANSWER_SECONDS):
    """The first true value of `condition`."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not after {seconds} s: {what}\n{log()}")
        time.sleep(0.25)
    return value


def request(path, body=None, url=URL, method=None):
    data = None if body is None else json.dumps(body).encode()
    question = urllib.request.Request(url + path, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(question, timeout=ANSWER_SECONDS) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def document(path, url=URL):
    status, body = request(path, url=url)
    try:
        return json.loads(body)
    except ValueError as error:
        raise AssertionError(f"{path}: {status} {body}\n{log()}") from error


def metric(name):
    for line in request("/metrics")[1].splitlines():
        if line.startswith(name + " "):
            return float(line.split()[-1])
    raise AssertionError(f"no metric {name}")


def script(source, expected="42\n", **limits):
    """A submission in Bash, which starts much faster here than Python."""
    return {"language": "bash", "source": source, "tests": [{"expected_output": expected}], "limits": LIMITS | limits}


SUM = script("echo $((40 + 2))\n")


def submit(submission, url=URL):
    status, body = request("/v1/submissions", submission, url)
    if status not in (200, 202):
        raise AssertionError(f"{status}: {body}\n{log()}")
    return json.loads(body)["token"]


def judged(submission, url=URL):
    return result_of(submit(submission, url), url)


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


def configure(*settings):
    """These lines in [Service], beside those of the shipped unit."""
    folder = "/etc/systemd/system/evalx.service.d"
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/test.conf", "w") as file:
        file.write("[Service]\n" + "\n".join(settings) + "\n")
    run("systemctl", "daemon-reload")


def start(*settings):
    """Starts the unit with these lines in [Service]; returns the server's pid."""
    configure(*settings)
    run("systemctl", "start", "evalx")
    wait_until_ready()
    return main_pid()


def main_pid():
    return int(run("systemctl", "show", "-P", "MainPID", "evalx").stdout)


def set_limits(*properties):
    """Changes limits of the running unit."""
    run("systemctl", "set-property", "--runtime", "evalx", *properties)


def read(path):
    with open(path) as file:
        return file.read().strip()


def slots_group():
    """The group that holds the groups of all slots of the running server."""
    return until(lambda: [path for path in glob.glob(GROUP + "/evalx-*") if not path.endswith("evalx-main")],
                 "the server has a group for its slots")[0]


def programs(name):
    """The numbers of processes of this name in the slots."""
    found = []
    for path in glob.glob(GROUP + "/**/cgroup.procs", recursive=True):
        try:
            found += [pid for pid in read(path).split() if read(f"/proc/{pid}/comm") == name]
        except OSError:
            continue
    return found


def install():
    """As docs/deployment.md says. Starting all languages for their versions takes long here, so three tools are left."""
    shutil.copy(BINARY, INSTALLED)
    shutil.rmtree("/var/lib/evalx", ignore_errors=True)
    run("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "evalx", check=False)
    shutil.copy(UNIT, "/etc/systemd/system/evalx.service")
    tools = set()
    for path in glob.glob(os.path.join(HERE, "../../languages/*.toml")):
        with open(path) as file:
            for line in file:
                if line.startswith("tools = "):
                    tools.update(json.loads(line.removeprefix("tools = ")))
    libc = ctypes.CDLL(None, use_errno=True)
    for tool in sorted(tools):
        if os.path.isfile(tool) and not any(word in os.path.basename(tool) for word in KEPT_TOOLS):
            if libc.mount(b"/dev/null", os.path.realpath(tool).encode(), None, MS_BIND, None) != 0:
                raise OSError(ctypes.get_errno(), tool)


class UnitTest(unittest.TestCase):
    """One server for each class, started with `settings`; a class without them starts its own."""

    settings = None

    @classmethod
    def setUpClass(cls):
        run("systemctl", "reset-failed", "evalx", check=False)
        if cls.settings is not None:
            start(*cls.settings)

    @classmethod
    def tearDownClass(cls):
        run("systemctl", "stop", "evalx")
        if left := glob.glob(GROUP + "/**/evalx-*", recursive=True):
            raise AssertionError(f"groups are left: {left}")
        # Drop-ins of set-property.
        shutil.rmtree("/run/systemd/system.control", ignore_errors=True)

    def expect(self, submission, verdict="accepted", attempt=1):
        return self.expect_result(submit(submission), verdict, attempt)

    def expect_result(self, token, verdict="accepted", attempt=1):
        result = result_of(token)
        self.assertEqual((result["verdict"], result["attempt"]), (verdict, attempt), f"{result}\n{log()}")
        return result
