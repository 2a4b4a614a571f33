"""Prometheus and Grafana: their queries use only metrics that the binary exports."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import shipped

sys.path.insert(0, shipped.path("tests/integration"))
import evalx_server  # noqa: E402  (needs the path above)

PROMTOOL = shutil.which("promtool")
COMPOSE = shipped.read_yaml("docker-compose.yml")
SCRAPE = shipped.read_yaml("deploy/prometheus/prometheus.yml")
ALERTS = [rule for group in shipped.read_yaml("deploy/prometheus/alerts.yml")["groups"] for rule in group["rules"]]
DASHBOARD = shipped.read_json("deploy/grafana/dashboards/evalx.json")
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
# Metrics of Prometheus itself, and labels that it adds to every scraped metric.
NOT_OURS = {"up", "ALERTS"}
TARGET_LABELS = {"job", "instance"}

NAME = re.compile(r"(?<![\w\"$/.])((?:evalx|process)_\w+|up|ALERTS)\b(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
GROUPING = re.compile(r"\bby \(([^)]*)\)")


def expressions():
    """(title, PromQL) of every alert and every panel."""
    for rule in ALERTS:
        yield rule["alert"], rule["expr"]
    for panel in PANELS:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
    for annotation in DASHBOARD["annotations"]["list"]:
        if "expr" in annotation:
            yield annotation["name"], annotation["expr"]


def parse_samples(text):
    """{name: [labels of each sample]}, parsed from Prometheus' text format."""
    samples = {}
    for name, labels in re.findall(r"^(\w+)(?:\{(.*)\})? \S+$", text, re.M):
        samples.setdefault(name, []).append(dict(re.findall(r'(\w+)="([^"]*)"', labels)))
    return samples


def promtool(*arguments, folder=None):
    return subprocess.run([PROMTOOL, *arguments], capture_output=True, text=True, timeout=30, check=False, cwd=folder)


class Names(unittest.TestCase):
    """Checks against a real server that has judged one submission."""

    @classmethod
    def setUpClass(cls):
        with evalx_server.Server() as server:
            server.judge("text", "a", [{}])
            server.get("/v1/languages")
            cls.samples = parse_samples(server.get("/metrics").body.decode())
            document = server.contract.document
        cls.routes = set(document["paths"])
        cls.verdicts = set(document["components"]["schemas"]["Verdict"]["enum"])

    def test_every_metric_is_exported_by_the_server(self):
        found = 0
        for where, expression in expressions():
            with self.subTest(where):
                names = {name for name, _ in NAME.findall(expression)} - NOT_OURS
                self.assertEqual(names - set(self.samples), set())
                found += len(names)
        self.assertGreater(found, 30, "the expressions were parsed")

    def test_every_label_belongs_to_its_metric(self):
        for where, expression in expressions():
            with self.subTest(where):
                labels = {}
                for name, matchers in NAME.findall(expression):
                    labels[name] = {label for label, _, _ in MATCHER.findall(matchers)}
                grouped = {label.strip() for group in GROUPING.findall(expression) for label in group.split(",")}
                for name, matched in labels.items():
                    if name not in NOT_OURS:
                        known = TARGET_LABELS.union(*self.samples[name])
                        self.assertEqual((matched | grouped) - known, set(), name)

    def test_every_label_value_is_possible(self):
        jobs = {job["job_name"] for job in SCRAPE["scrape_configs"]}
        for where, expression in expressions():
            for name, matchers in NAME.findall(expression):
                for label, operator, value in MATCHER.findall(matchers):
                    if name == "ALERTS" or label == "status":
                        continue
                    known = {"job": jobs, "route": self.routes, "verdict": self.verdicts}.get(label)
                    if known is None:
                        known = {sample[label] for sample in self.samples[name]}
                    with self.subTest(f"{where}: {name} {label}{operator}{value}"):
                        for alternative in value.split("|") if "~" in operator else [value]:
                            self.assertTrue(any(re.fullmatch(alternative, one) for one in known), alternative)

    def test_every_metric_is_on_the_dashboard(self):
        """An alert or an annotation is no panel."""
        on_panels = " ".join(target["expr"] for panel in PANELS for target in panel["targets"])
        shown = {name for name, _ in NAME.findall(on_panels)}
        ours = {re.sub(r"_(bucket|sum|count)$", "", name) for name in self.samples if name.startswith("evalx_")}
        self.assertEqual(ours - {re.sub(r"_(bucket|sum|count)$", "", name) for name in shown}, set())


class Scraping(unittest.TestCase):
    def test_targets_are_the_services_on_their_ports(self):
        api, worker = SCRAPE["scrape_configs"][:2]
        ports = {name: COMPOSE["services"][name]["environment"]["EVALX_LISTEN"].split(":")[1] for name in ("api", "worker")}
        self.assertEqual(api["static_configs"], [{"targets": [f"api:{ports['api']}"]}])
        found = worker["dns_sd_configs"][0]
        self.assertEqual((found["names"], found["type"], str(found["port"])), (["worker"], "A", ports["worker"]))
        for name in ("api", "worker"):
            shared = set(COMPOSE["services"][name]["networks"]) & set(COMPOSE["services"]["prometheus"]["networks"])
            self.assertIn("scrape", shared)

    def test_datasource_is_prometheus_and_every_panel_uses_it(self):
        source = shipped.read_yaml("deploy/grafana/provisioning/datasources/prometheus.yml")["datasources"][0]
        self.assertEqual(source["url"], "http://prometheus:9090")
        self.assertTrue(set(COMPOSE["services"]["grafana"]["networks"]) & set(COMPOSE["services"]["prometheus"]["networks"]))
        for panel in PANELS:
            for part in [panel, *panel["targets"]]:
                self.assertEqual(part["datasource"], {"type": source["type"], "uid": source["uid"]}, panel["title"])

    def test_dashboard_is_mounted_where_grafana_reads_it(self):
        provider = shipped.read_yaml("deploy/grafana/provisioning/dashboards/evalx.yml")["providers"][0]
        service = COMPOSE["services"]["grafana"]
        self.assertIn(f"./deploy/grafana/dashboards:{provider['options']['path']}:ro", service["volumes"])
        self.assertIn("./deploy/grafana/provisioning:/etc/grafana/provisioning:ro", service["volumes"])
        self.assertEqual(service["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"],
                         provider["options"]["path"] + "/evalx.json")


class Dashboard(unittest.TestCase):
    def test_panels_have_a_title_a_number_and_queries(self):
        numbers = [panel["id"] for panel in DASHBOARD["panels"]]
        self.assertEqual(len(numbers), len(set(numbers)))
        self.assertEqual(len({panel["title"] for panel in PANELS}), len(PANELS))
        for panel in PANELS:
            with self.subTest(panel["title"]):
                letters = [target["refId"] for target in panel["targets"]]
                self.assertEqual(letters, sorted(set(letters)))
                self.assertTrue(all(target["expr"] for target in panel["targets"]))
                self.assertIn(panel["type"], ("stat", "timeseries"))
                self.assertIn("unit", panel["fieldConfig"]["defaults"])

    def test_panels_do_not_overlap_and_fit_the_width(self):
        taken = {}
        for panel in DASHBOARD["panels"]:
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
            for x in range(place["x"], place["x"] + place["w"]):
                for y in range(place["y"], place["y"] + place["h"]):
                    self.assertIsNone(taken.get((x, y)), f"{panel['title']} on {taken.get((x, y))}")
                    taken[x, y] = panel["title"]

    def test_metrics_of_the_shared_queue_are_not_summed(self):
        """Every process exports the same queue: a sum would multiply it by the number of processes."""
        for where, expression in expressions():
            self.assertNotRegex(expression, r"sum[^(]*\(\s*evalx_(queue_|callbacks_waiting|callback_oldest)", where)


class Alerts(unittest.TestCase):
    def test_each_alert_has_a_severity_and_a_description(self):
        for rule in ALERTS:
            with self.subTest(rule["alert"]):
                self.assertIn(rule["labels"]["severity"], ("warning", "critical"))
                self.assertGreater(len(rule["annotations"]["summary"]), 10)
                self.assertGreater(len(rule["annotations"]["description"]), 20)

    def test_each_alert_fires_in_a_case_and_none_in_the_first(self):
        cases = shipped.read_yaml("tests/deploy/alerts_test.yml")["tests"]
        fired = [{sample["labels"].split('"')[1] for check in case["promql_expr_test"] for sample in check["exp_samples"]}
                 for case in cases]
        self.assertEqual(fired[0], set())
        self.assertEqual(set.union(*fired), {rule["alert"] for rule in ALERTS})

    @unittest.skipUnless(PROMTOOL, "promtool is missing (Debian's prometheus)")
    def test_promtool_accepts_the_configuration(self):
        answer = promtool("check", "config", shipped.path("deploy/prometheus/prometheus.yml"))
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)

    @unittest.skipUnless(PROMTOOL, "promtool is missing (Debian's prometheus)")
    def test_alerts_fire_as_expected(self):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(shipped.path("deploy/prometheus/alerts.yml"), folder)
            shutil.copy(shipped.path("tests/deploy/alerts_test.yml"), folder)
            answer = promtool("test", "rules", "alerts_test.yml", folder=folder)
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)

    @unittest.skipUnless(PROMTOOL, "promtool is missing (Debian's prometheus)")
    def test_every_query_of_the_dashboard_is_valid_promql(self):
        # Every JSON string is valid YAML.
        rules = "".join(f"  - {{record: 'panel:{number}', expr: {json.dumps(text.replace('$__rate_interval', '1m'))}}}\n"
                        for number, (_, text) in enumerate(expressions()))
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "panels.yml"), "w", encoding="utf-8") as file:
                file.write("groups:\n- name: panels\n  rules:\n" + rules)
            answer = promtool("check", "rules", "--lint=none", "panels.yml", folder=folder)
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)


if __name__ == "__main__":
    shipped.need_binary()
    evalx_server.main()
