"""The operator's view: start, failed start, health, metrics, shutdown."""

import concurrent.futures
import json
import os
import pty
import re
import shlex
import shutil
import signal
import socket
import subprocess
import threading
import time
import unittest

from event_stream import EventStream
from evalx_server import (BINARY, Server, ServerTest, clean_environment, complaints, free_port, main, make_folder,
                          run_evalx, until)

# The metrics that dashboards use, in sections: name, type, labels.
METRICS = [
    ("evalx_build_info", "gauge", {"version", "commit"}),
    ("evalx_queue_depth", "gauge", {"queue"}),
    ("evalx_queue_oldest_seconds", "gauge", set()),
    ("evalx_queue_results_evicted_total", "counter", set()),
    ("evalx_queue_result_bytes", "gauge", set()),
    ("evalx_queue_result_capacity_bytes", "gauge", set()),
    ("evalx_workers", "gauge", set()),
    ("evalx_worker_sandboxes", "gauge", set()),
    ("evalx_request_latency_seconds", "histogram", {"method", "route", "status"}),
    ("evalx_stage_seconds", "histogram", {"stage"}),
    ("evalx_sandboxes_in_use", "gauge", set()),
    ("evalx_sandboxes_max", "gauge", set()),
    ("evalx_artifact_cache_total", "counter", {"result"}),
    ("evalx_artifact_cache_bytes", "gauge", set()),
    ("evalx_verdicts_total", "counter", {"verdict", "language"}),
    ("evalx_jobs_total", "counter", {"event"}),
    ("evalx_attempts_total", "counter", set()),
    ("evalx_worker_unfit", "gauge", set()),
    ("evalx_self_tests_total", "counter", {"result"}),
    ("evalx_leases_lost_total", "counter", set()),
    ("evalx_dead_letters_total", "counter", set()),
    ("evalx_sandbox_slots_replaced_total", "counter", {"reason"}),
    ("evalx_http_connections", "gauge", set()),
]
SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\n"])*",?)*)\})? '
                    r"([-+]?(?:[0-9.eE+-]+|Inf|NaN))$")


class Running(ServerTest):
    def test_health_and_readiness(self):
        self.assertEqual(self.server.get("/healthz").json(), {"status": "alive"})
        self.assertEqual(self.server.get("/readyz").json(), {"status": "ready", "reasons": []})

    def test_every_document_keeps_its_contract(self):
        for path in ("/", "/v1/languages", "/v1/capabilities", "/openapi.json", "/healthz", "/readyz", "/metrics"):
            with self.subTest(path):
                self.assertEqual(self.server.get(path).status, 200)

    def test_every_url_of_the_index_exists(self):
        token = self.server.submit({"language": "python", "source": "print(1)\n", "tests": [{}]}, 30).json()["token"]
        for path in self.server.get("/").json()["urls"].values():
            if path != "/v1/submissions":
                self.assertEqual(self.server.get(path.replace("{token}", token)).status, 200, path)

    def test_languages_have_their_real_versions(self):
        languages = self.server.languages()
        for name in ("c", "cpp", "python"):
            self.assertTrue(languages[name]["available"], languages[name])
            self.assertRegex(languages[name]["version"], r"^\d+\.\d+")
            self.assertIn(languages[name]["version"], languages[name]["name"])
        for language in languages.values():
            self.assertEqual(language["available"], not language["missing"], language)

    def test_metrics_are_prometheus_text_with_every_name(self):
        timing = self.server.judge("c", "int main(void) { return 0; }\n")["timing_ms"]
        answer = self.server.get("/metrics")
        self.assertEqual(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
        types, labels = self.parse(answer.body.decode())
        for name, kind, wanted in METRICS:
            self.assertEqual(types.get(name), kind, name)
            self.assertEqual(labels.get(name), wanted, name)
        samples = self.server.metrics()
        for stage, took in timing.items():
            with self.subTest(stage):
                self.assertGreaterEqual(samples[f'evalx_stage_seconds_sum{{stage="{stage}"}}'], took / 1000 * 0.99)

    def test_finished_submission_is_counted_at_the_next_scrape(self):
        counted = ('evalx_verdicts_total{verdict="accepted",language="c"}',
                   'evalx_verdicts_total{language="c",verdict="accepted"}')
        for number in range(5):
            before = self.server.metrics()
            self.server.judge("c", f"int main(void) {{ return {number} * 0; }}\n")
            after = self.server.metrics()
            with self.subTest(number):
                self.assertEqual(after["evalx_attempts_total"], before["evalx_attempts_total"] + 1)
                self.assertEqual(after['evalx_jobs_total{event="done"}'], before['evalx_jobs_total{event="done"}'] + 1)
                self.assertEqual(sum(after.get(name, 0) for name in counted),
                                 sum(before.get(name, 0) for name in counted) + 1)

    def test_slot_is_replaced_and_counted_after_a_memory_limit(self):
        name = 'evalx_sandbox_slots_replaced_total{reason="limit"}'
        before = self.server.metrics()[name]
        result = self.server.judge("python", "x = bytearray(600 << 20)\nx[::4096] = b'1' * len(x[::4096])\n")
        self.assert_verdict(result, "memory_limit")
        self.assertEqual(self.server.metrics()[name], before + 1)

    def test_capabilities_list_every_mechanism_and_no_host_path(self):
        answer = self.server.get("/v1/capabilities")
        document = answer.json()
        names = [mechanism["name"] for mechanism in document["mechanisms"]]
        self.assertEqual(len(names), len(set(names)), names)
        for name in ("kernel", "user namespaces", "net namespaces", "seccomp", "cgroup memory", "swap", "own /proc",
                     "no_new_privs of the server", "core dumps"):
            self.assertIn(name, names)
        for mechanism in document["mechanisms"]:
            self.assertEqual(mechanism["state"] == "good", mechanism["lost"] is None, mechanism)
        self.assertEqual(document["engine"]["sandbox"], "native")
        self.assertEqual(document["engine"]["seccomp_profile"], "standard")
        self.assertIn(document["engine"]["cgroup_version"], (1, 2))
        for secret in (self.server.data, "/sys/", os.uname().release):
            self.assertNotIn(secret, answer.body.decode())

    def parse(self, text):
        """Checks every line; returns the families' types and the labels of their samples."""
        types, labels = {}, {}
        self.assertTrue(text.endswith("\n"))
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                self.assertNotIn(name, types, "a metric family appears twice")
                types[name] = kind
                continue
            if line.startswith("# HELP "):
                continue
            sample = SAMPLE.match(line)
            self.assertIsNotNone(sample, line)
            family = sample[1]
            if family not in types:
                family = re.sub(r"_(bucket|sum|count)$", "", family)
            self.assertIn(family, types, line)
            names = set(re.findall(r'(\w+)="', sample[2] or "")) - {"le"}
            self.assertEqual(labels.setdefault(family, names), names, line)
        return types, labels


class Starting(unittest.TestCase):
    def setUp(self):
        self.folder = make_folder()
        self.addCleanup(shutil.rmtree, self.folder)

    def assert_fails_in_one_line(self, *arguments, names):
        done = run_evalx("serve", *arguments)
        self.assertEqual(done.returncode, 1, done)
        lines = complaints(done)
        self.assertEqual(len(lines), 1, lines)
        self.assertIn(names, lines[0])

    def test_taken_port_is_reported_in_one_line(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            done = run_evalx("serve", "--listen", f"127.0.0.1:{port}", "--data-dir", self.folder + "/data")
            self.assertEqual(done.returncode, 1, done)
            self.assertEqual(len((done.stdout + done.stderr).splitlines()), 1, "nothing was opened and nothing logged")
            self.assertIn(str(port), done.stderr)

    def test_data_directory_that_is_a_file_is_reported_in_one_line(self):
        path = os.path.join(self.folder, "data")
        with open(path, "w", encoding="utf-8") as file:
            file.write("in the way")
        self.assert_fails_in_one_line("--listen", f"127.0.0.1:{free_port()}", "--data-dir", path, names=path)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "in the way")

    def test_data_directory_in_use_is_reported_in_one_line(self):
        with Server() as server:
            self.assert_fails_in_one_line("--listen", f"127.0.0.1:{free_port()}", "--data-dir", server.data,
                                          names=os.path.join(server.data, "queue"))
            self.assertEqual(server.get("/readyz").status, 200)

    def test_unknown_option_is_reported(self):
        done = run_evalx("serve", "--data-dir", self.folder + "/data", "--no-such-option")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("--no-such-option", done.stdout + done.stderr)


class Weak(unittest.TestCase):
    """A machine that lacks something: here a capability of the launcher."""

    LACKING = "rights of the launcher"

    def setUp(self):
        self.folder = make_folder()
        self.addCleanup(shutil.rmtree, self.folder)
        self.source = os.path.join(self.folder, "a.py")
        with open(self.source, "w", encoding="utf-8") as file:
            file.write("print(1)\n")

    @staticmethod
    def weak(*arguments):
        return ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override", BINARY, *arguments]

    def run_weak(self, *arguments):
        return subprocess.run(self.weak(*arguments), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                              check=False, env=clean_environment())

    def test_serve_run_and_judge_refuse_a_weak_machine_and_name_the_fix(self):
        tests = os.path.join(self.folder, "tests")
        os.mkdir(tests)
        for name in ("1.in", "1.out"):
            with open(os.path.join(tests, name), "w", encoding="utf-8") as file:
                file.write("1\n")
        done = self.run_weak("serve", "--listen", "127.0.0.1:0", "--data-dir", self.folder + "/data")
        self.assertEqual(done.returncode, 1, done)
        self.assertRegex(done.stderr, f"{self.LACKING} is missing .*; to fix it: start .*DAC_OVERRIDE")
        for line in done.stderr.splitlines():  # With cgroups of mode 0555, cgroups are missing as well.
            self.assertRegex(line, "^evalx serve: .* is missing .*; to fix it: ")
        for arguments in (("run", self.source), ("judge", self.source, tests)):
            with self.subTest(arguments[0]):
                done = self.run_weak(*arguments)
                self.assertEqual(done.returncode, 1, done)
                self.assertRegex(done.stderr, f"^evalx {arguments[0]}: {self.LACKING}.* missing; to fix it: start "
                                              ".*DAC_OVERRIDE.*evalx doctor.*--allow-weak.*\n$")
                self.assertEqual(done.stderr.count("\n"), 1)

    def test_doctor_reports_the_same_weakness(self):
        done = self.run_weak("doctor", "--json", "--data-dir", self.folder)
        self.assertEqual(done.returncode, 1, done)
        report = json.loads(done.stdout)
        self.assertFalse(report["works"])
        missing = [mechanism for mechanism in report["mechanisms"]
                   if mechanism["required"] and mechanism["state"] == "missing"]
        self.assertEqual(missing[0]["name"], self.LACKING)
        self.assertIn("DAC_OVERRIDE", missing[0]["fix"])

    def test_allow_weak_starts_and_logs_what_is_missing(self):
        class WeakServer(Server):
            def command(self):
                return Weak.weak(*super().command()[1:])

        with WeakServer("--allow-weak") as server:
            mechanisms = {mechanism["name"]: mechanism for mechanism in
                          server.get("/v1/capabilities").json()["mechanisms"]}
            self.assertEqual(mechanisms[self.LACKING]["state"], "missing")
            self.assertTrue(mechanisms[self.LACKING]["required"])
            with open(server.log_path, encoding="utf-8") as log:
                lines = [json.loads(line) for line in log]
            warnings = [line for line in lines if line["level"] == "warning"]
            logged = [warning["mechanism"] for warning in warnings if "mechanism" in warning]
            self.assertIn(self.LACKING, logged)
            self.assertEqual(set(logged), {name for name, mechanism in mechanisms.items()
                                           if mechanism["required"] and mechanism["state"] == "missing"})


class Doctor(unittest.TestCase):
    def test_doctor_finds_that_this_machine_works(self):
        folder = make_folder()
        self.addCleanup(shutil.rmtree, folder)
        done = run_evalx("doctor", "--json", "--data-dir", folder, seconds=60)
        report = json.loads(done.stdout)
        self.assertEqual(done.returncode, 0 if report["works"] else 1, done)
        self.assertTrue(report["works"], report)
        self.assertEqual(report["engine"], "native")
        for mechanism in report["mechanisms"]:
            self.assertEqual(set(mechanism), {"name", "state", "required", "detail", "lost", "fix"})
            self.assertEqual(mechanism["state"] == "good", mechanism["fix"] is None, mechanism)
        names = [mechanism["name"] for mechanism in report["mechanisms"]]
        self.assertEqual(len(names), len(set(names)), names)
        for name in ("trial run", "trial compile and run", "languages", "isolate", "seccomp profile"):
            self.assertIn(name, names)


class Greeting(unittest.TestCase):
    def test_start_at_a_terminal_prints_a_curl_command_that_works(self):
        folder = make_folder()
        self.addCleanup(shutil.rmtree, folder)
        port = free_port()
        terminal, other_end = pty.openpty()
        process = subprocess.Popen([BINARY, "serve", "--listen", f"127.0.0.1:{port}", "--data-dir", folder + "/data"],
                                   stdin=subprocess.DEVNULL, stderr=other_end, env=clean_environment())
        os.close(other_end)
        said = b""
        while b"curl " not in said:
            said += os.read(terminal, 4096)
        while not said.endswith(b"}]}'\r\n"):
            said += os.read(terminal, 4096)
        command = next(line for line in said.decode().splitlines() if line.strip().startswith("curl "))
        self.assertIn(f"http://127.0.0.1:{port}", said.decode())
        if shutil.which("curl"):
            answer = subprocess.run(shlex.split(command) + ["-s"], capture_output=True, check=True, timeout=60)
            self.assertEqual(json.loads(answer.stdout)["verdict"], "accepted")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0)
        os.close(terminal)


class Stopping(unittest.TestCase):
    def test_shutdown_gives_a_waiting_client_its_result(self):
        with Server() as server:
            answers = []
            document = {"language": "python", "source": "import time\ntime.sleep(1)\nprint('late')\n", "tests": [{}]}
            client = threading.Thread(target=lambda: answers.append(server.submit(document, wait=30)))
            client.start()
            until(lambda: server.metrics()["evalx_sandboxes_in_use"] > 0, 20, "the program runs")
            self.assertEqual(server.stop(), 0)
            client.join()
            self.assertEqual(answers[0].json()["tests"][0]["stdout"], "late\n")

    def test_shutdown_answers_waiters_whose_job_is_still_queued(self):
        sleeper = {"language": "python", "source": "import time\ntime.sleep(2)\n", "tests": [{}]}
        with Server("--max-concurrent-sandboxes", "1") as server:
            # The worker runs one job and has leased a second, so the last one is still queued.
            tokens = [server.submit(sleeper).json()["token"] for _ in range(4)]
            until(lambda: server.metrics()["evalx_sandboxes_in_use"] > 0, 20, "the first runs")
            with concurrent.futures.ThreadPoolExecutor(1) as pool, EventStream(server, tokens[-1]) as stream:
                self.assertEqual(next(iter(stream))[1:], ("queued", {}))
                waiting = pool.submit(server.get, f"/v1/submissions/{tokens[-1]}?wait=60")
                until(lambda: server.metrics()["evalx_http_connections"] == 3, 10, "the client waits")
                ending = time.monotonic()
                server.process.send_signal(signal.SIGTERM)
                answer = waiting.result().json()
                self.assertEqual(stream.response.read(), b": this server is shutting down\nretry: 1000\n\n")
                self.assertLess(time.monotonic() - ending, 20, "the grace is 30 s")
            self.assertEqual(server.process.wait(10), 0)
            self.assertEqual((answer["status"], answer["attempt"]), ("queued", 0))
            server.start()
            for token in tokens:
                result = server.result_of(token)
                self.assertEqual((result["verdict"], result["attempt"]), ("accepted", 1))

    def test_sigint_stops_the_server(self):
        with Server() as server:
            server.process.send_signal(signal.SIGINT)
            self.assertEqual(server.process.wait(30), 0)


if __name__ == "__main__":
    main()
