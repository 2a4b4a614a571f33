"""What operators meet: starting, failing to start, health, metrics, stopping."""

import os
import re
import shutil
import signal
import socket
import threading
import unittest

from evalx_server import Server, ServerTest, free_port, main, make_folder, run_evalx, until

# Section by section what dashboards are built on: name, type, labels.
METRICS = [
    ("evalx_build_info", "gauge", {"version", "commit"}),
    ("evalx_queue_depth", "gauge", {"queue"}),
    ("evalx_queue_oldest_seconds", "gauge", set()),
    ("evalx_request_latency_seconds", "histogram", {"method", "route", "status"}),
    ("evalx_stage_seconds", "histogram", {"stage"}),
    ("evalx_sandboxes_in_use", "gauge", set()),
    ("evalx_sandboxes_max", "gauge", set()),
    ("evalx_artifact_cache_total", "counter", {"result"}),
    ("evalx_artifact_cache_bytes", "gauge", set()),
    ("evalx_verdicts_total", "counter", {"verdict", "language"}),
    ("evalx_jobs_total", "counter", {"event"}),
    ("evalx_attempts_total", "counter", set()),
    ("evalx_leases_lost_total", "counter", set()),
    ("evalx_dead_letters_total", "counter", set()),
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

    def test_the_index_leads_to_documents_that_are_there(self):
        for path in self.server.get("/").json()["urls"].values():
            if path != "/v1/submissions":
                self.assertEqual(self.server.get(path).status, 200, path)

    def test_languages_have_their_real_versions(self):
        languages = self.server.languages()
        for name in ("c", "cpp", "python"):
            self.assertTrue(languages[name]["available"], languages[name])
            self.assertRegex(languages[name]["version"], r"^\d+\.\d+")
            self.assertIn(languages[name]["version"], languages[name]["name"])
        for language in languages.values():
            self.assertEqual(language["available"], not language["missing"], language)

    def test_metrics_are_prometheus_text_and_hold_every_name(self):
        timing = self.server.judge("c", "int main(void) { return 0; }\n")["timing_ms"]
        until(lambda: any(name.startswith("evalx_verdicts_total{") for name in self.server.metrics()), 5,
              "the verdict is counted")
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

    def parse(self, text):
        """Checks every line; returns the families' types and the labels of their samples."""
        types, labels = {}, {}
        self.assertTrue(text.endswith("\n"))
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                self.assertNotIn(name, types, "a family twice")
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
        complaints = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith('{"time":')]
        self.assertEqual(len(complaints), 1, "beside the log there is one line")
        self.assertIn(names, complaints[0])

    def test_a_taken_port_is_told_in_one_line(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.assert_fails_in_one_line("--listen", f"127.0.0.1:{port}", "--data-dir", self.folder + "/data",
                                          names=str(port))

    def test_a_data_directory_that_is_a_file_is_told_in_one_line(self):
        path = os.path.join(self.folder, "data")
        with open(path, "w", encoding="utf-8") as file:
            file.write("in the way")
        self.assert_fails_in_one_line("--listen", f"127.0.0.1:{free_port()}", "--data-dir", path, names=path)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "in the way")

    def test_a_data_directory_that_is_in_use_is_told_in_one_line(self):
        with Server() as server:
            self.assert_fails_in_one_line("--listen", f"127.0.0.1:{free_port()}", "--data-dir", server.data,
                                          names=server.data)
            self.assertEqual(server.get("/readyz").status, 200)

    def test_an_unknown_option_is_told(self):
        done = run_evalx("serve", "--data-dir", self.folder + "/data", "--no-such-option")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("--no-such-option", done.stdout + done.stderr)


class Stopping(unittest.TestCase):
    def test_sigterm_lets_a_waiting_client_have_its_result(self):
        with Server() as server:
            answers = []
            document = {"language": "python", "source": "import time\ntime.sleep(1)\nprint('late')\n", "tests": [{}]}
            client = threading.Thread(target=lambda: answers.append(server.submit(document, wait=30)))
            client.start()
            until(lambda: server.metrics()["evalx_sandboxes_in_use"] > 0, 20, "the program runs")
            self.assertEqual(server.stop(), 0)
            client.join()
            self.assertEqual(answers[0].json()["tests"][0]["stdout"], "late\n")

    def test_sigint_stops_it_too(self):
        with Server() as server:
            server.process.send_signal(signal.SIGINT)
            self.assertEqual(server.process.wait(30), 0)


if __name__ == "__main__":
    main()
