"""Which requests a server serves: hosts, origins of web pages, tokens, their scopes, and SIGHUP."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import unittest

from event_stream import EventStream
from evalx_server import (BINARY, Server, ServerTest, clean_environment, complaints, free_port, main, make_folder,
                          run_evalx, until)
from processes import read

JOB = {"language": "python", "source": "print(6 * 7)\n", "tests": [{"expected_output": "42\n"}]}
PAGE = "https://app.example"
EVIL = "https://evil.example"


def log_of(server):
    """The whole lines of the log: the last one may be on its way."""
    return [json.loads(line) for line in read(server.log_path).splitlines(True) if line.startswith("{") and line.endswith("\n")]


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


class Pages(ServerTest):
    """A server on loopback, as a web page reaches it through the browser of its user."""

    arguments = ("--allowed-hosts", "evalx.example", "--allowed-origins", PAGE)

    def status(self, headers, method="GET", target="/v1/languages", document=None):
        return self.server.request(method, target, document, headers=headers).status

    def test_a_page_cannot_submit_without_asking(self):
        # A browser sends these without a preflight: a form, a Blob without a type, navigator.sendBeacon().
        for kind in (None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            headers = {"Origin": "http://localhost:3000", **({} if kind is None else {"Content-Type": kind})}
            with self.subTest(kind):
                answer = self.server.exchange("POST", "/v1/submissions", json.dumps(JOB).encode(), headers)
                self.assertEqual(answer.status, 415, answer.body)

    def test_foreign_hosts_are_refused_on_loopback(self):
        for host in ("evil.example", f"evil.example:{self.server.port}", "worker:2359", "localhost.evil.example"):
            for target in ("/v1/languages", "/metrics", "/healthz"):
                with self.subTest(f"{host} {target}"):
                    answer = self.server.request("GET", target, headers={"Host": host})
                    self.assertEqual((answer.status, answer.json()["code"]), (403, "host_not_allowed"))
                    self.assertIn("--allowed-hosts", answer.json()["detail"])
        for host in ("localhost", f"LOCALHOST:{self.server.port}", "[::1]:80", "10.1.2.3", "evalx.example"):
            self.assertEqual(self.status({"Host": host}), 200, host)

    def test_foreign_origins_are_refused(self):
        cross = {"Sec-Fetch-Site": "cross-site"}
        for headers in ({"Origin": EVIL}, {"Origin": "null"}, {"Origin": EVIL, "Host": "evalx.example"}, cross,
                        {"Origin": "http://evalx.example", "Host": "evalx.example", "Sec-Fetch-Site": "same-origin"},
                        {**cross, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
                        {**cross, "Origin": "http://203.0.113.5"}):
            with self.subTest(headers):
                answer = self.server.request("GET", "/v1/languages", headers=headers)
                self.assertEqual((answer.status, answer.json()["code"]), (403, "origin_not_allowed"))
                is_opaque = headers.get("Origin") == "null"  # No list can name it.
                self.assertEqual("--allowed-origins" not in answer.json()["detail"], is_opaque)
                self.assertNotIn("access-control-allow-origin", answer.headers)
                self.assertEqual(self.status(headers, "POST", "/v1/submissions", JOB), 403)
        accepted = self.server.metrics()['evalx_jobs_total{event="accepted"}']
        self.status({"Origin": EVIL}, "POST", "/v1/submissions", JOB)
        self.assertEqual(self.server.metrics()['evalx_jobs_total{event="accepted"}'], accepted)

    def test_near_pages_and_navigations_are_served(self):
        for headers in ({"Origin": f"http://{self.server.host}:{self.server.port}"}, {"Origin": "http://localhost:3000"},
                        {"Origin": "http://192.168.1.5:2358"}, {"Sec-Fetch-Site": "same-origin"},
                        {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"},
                        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}):
            with self.subTest(headers):
                self.assertEqual(self.status(headers), 200)

    def test_an_allowed_page_may_ask_submit_and_read(self):
        asked = self.server.exchange("OPTIONS", "/v1/submissions", headers={
            "Origin": PAGE, "Sec-Fetch-Site": "cross-site", "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type"})
        self.assertEqual(asked.status, 204, asked.body)
        self.assertEqual(asked.headers["access-control-allow-origin"], PAGE)
        self.assertIn("POST", asked.headers["access-control-allow-methods"])
        self.assertIn("Content-Type", asked.headers["access-control-allow-headers"])
        answer = self.server.request("POST", "/v1/submissions?wait=30", JOB,
                                     headers={"Origin": PAGE, "Sec-Fetch-Site": "cross-site"})
        self.assertEqual(answer.json()["verdict"], "accepted")
        self.assertEqual(answer.headers["access-control-allow-origin"], PAGE)
        self.assertIn("Location", answer.headers["access-control-expose-headers"])
        foreign = self.server.exchange("OPTIONS", "/v1/submissions", headers={
            "Origin": EVIL, "Access-Control-Request-Method": "POST"})
        self.assertEqual(foreign.status, 403)

    def test_a_refusal_does_not_wait_for_the_body(self):
        with socket.create_connection((self.server.host, self.server.port), 10) as peer:
            peer.sendall(b"POST /v1/submissions HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 16000000\r\n\r\n")
            self.assertRegex(peer.recv(65536), rb"^HTTP/1\.1 403 ")

    def test_a_bare_line_feed_in_a_chunked_body_gets_400_at_once(self):
        with socket.create_connection((self.server.host, self.server.port), 10) as peer:
            peer.sendall(b"POST /v1/submissions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n")
            self.assertRegex(peer.recv(65536), rb"^HTTP/1\.1 400 ")


class BeyondLoopback(unittest.TestCase):
    class Open(Server):
        def command(self):
            return [BINARY, "serve", "--listen", f":{self.port}", "--data-dir", self.data, *self.arguments]

    def warnings(self, server):
        return [line["message"] for line in log_of(server) if line["level"] == "warning" and "tokens" in line["message"]]

    def test_service_names_are_served_and_the_start_warns_with_both_cures(self):
        with self.Open() as server:
            for host in ("worker:2359", "api", "evalx.default.svc.cluster.local:2358"):
                self.assertEqual(server.request("GET", "/metrics", headers={"Host": host}).status, 200, host)
            self.assertEqual(server.request("GET", "/", headers={"Origin": EVIL}).status, 403)
            [warning] = self.warnings(server)
            for cure in ("evalx token new", "proxy"):
                self.assertIn(cure, warning)

    def test_configured_names_are_all_names(self):
        with self.Open("--allowed-hosts", "evalx.example") as server:
            self.assertEqual(server.request("GET", "/", headers={"Host": "evalx.example"}).status, 200)
            self.assertEqual(server.request("GET", "/", headers={"Host": "other.example"}).status, 403)


class TokenServer(Server):
    """A server with tokens: `secrets` has those that were made before its start."""

    scopes = {"alice": "submit,read", "reader": "read", "prometheus": "metrics", "root": "admin", "submitter": "submit"}

    def __init__(self, *arguments):
        folder = make_folder()
        self.secrets = {}
        self.file = os.path.join(folder, "tokens.toml")
        for name, scopes in self.scopes.items():
            self.make(name, scopes)
        super().__init__(*arguments, folder=folder)
        self.own_folder = True

    def make(self, name, scopes):
        done = run_evalx("token", "new", name, "--scopes", scopes, "--tokens-file", self.file)
        if done.returncode != 0:
            raise AssertionError(done)
        self.secrets[name] = done.stdout.strip()

    def exchange(self, method, target, body=None, headers=None):
        """With the token of the administrator, unless the test chooses another."""
        headers = {**bearer(self.secrets["root"]), **(headers or {})}
        return super().exchange(method, target, body, {name: value for name, value in headers.items() if value})

    def ask(self, name, method, target, document=None, **headers):
        """As this client; None: without a token."""
        return self.request(method, target, document, headers={
            **headers, **({"Authorization": None} if name is None else bearer(self.secrets[name]))})


class Tokens(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = TokenServer()
        cls.addClassCleanup(cls.server.__exit__, None, None, None)

    def test_everything_asks_for_a_token_but_health(self):
        token = self.server.ask("alice", "POST", "/v1/submissions", JOB).json()["token"]
        for method, target in (("POST", "/v1/submissions"), ("GET", f"/v1/submissions/{token}"),
                               ("DELETE", f"/v1/submissions/{token}"), ("GET", f"/v1/submissions/{token}/events"),
                               ("GET", "/v1/languages"), ("GET", "/v1/capabilities"), ("GET", "/"), ("GET", "/metrics"),
                               ("GET", "/openapi.json"), ("GET", "/nowhere"), ("PUT", "/healthz")):
            with self.subTest(f"{method} {target}"):
                answer = self.server.ask(None, method, target, JOB if method == "POST" else None)
                self.assertEqual((answer.status, answer.json()["code"]), (401, "token_required"))
                self.assertTrue(answer.headers["www-authenticate"].startswith("Bearer"))
                unknown = self.server.request(method, target, headers=bearer("evalx_" + 64 * "0"))
                self.assertEqual((unknown.status, unknown.json()["code"]), (401, "token_unknown"))
        self.assertEqual(self.server.ask(None, "GET", "/healthz").json(), {"status": "alive"})
        self.assertEqual(self.server.ask(None, "GET", "/readyz").json(), {"status": "ready", "reasons": []})

    def test_each_scope_allows_its_routes_alone(self):
        token = self.server.ask("alice", "POST", "/v1/submissions?wait=30", JOB).json()["token"]
        allowed = {"alice": {"submit", "read"}, "reader": {"read"}, "prometheus": {"metrics"},
                   "root": {"submit", "read", "metrics"}}
        for name, scopes in allowed.items():
            for scope, method, target in (("submit", "POST", "/v1/submissions"), ("read", "GET", f"/v1/submissions/{token}"),
                                          ("submit", "DELETE", f"/v1/submissions/{token}"), ("metrics", "GET", "/metrics"),
                                          ("read", "GET", f"/v1/submissions/{token}/events")):
                with self.subTest(f"{name}: {method} {target}"):
                    answer = self.server.ask(name, method, target, JOB if method == "POST" else None)
                    if scope in scopes:
                        self.assertNotIn(answer.status, (401, 403), answer.body)
                    else:
                        self.assertEqual((answer.status, answer.json()["code"]), (403, "scope_missing"))
                        self.assertIn(scope, answer.json()["detail"])
            self.assertEqual(self.server.ask(name, "GET", "/v1/languages").status, 200)

    def test_waiting_for_a_result_asks_for_the_scope_read(self):
        self.assertEqual(self.server.ask("submitter", "POST", "/v1/submissions", JOB).status, 202)
        for wait in ("wait=30", "wait=0", "%77ait=1"):
            answer = self.server.ask("submitter", "POST", f"/v1/submissions?{wait}", JOB)
            self.assertEqual((answer.status, answer.json()["code"]), (403, "scope_missing"), wait)
            self.assertIn("read", answer.json()["detail"])
        self.assertEqual(self.server.ask("alice", "POST", "/v1/submissions?wait=30", JOB).status, 200)

    def test_a_token_makes_the_origin_unimportant(self):
        foreign = {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"}
        self.assertEqual(self.server.ask("alice", "GET", "/v1/languages", **foreign).status, 200)
        self.assertEqual(self.server.ask(None, "GET", "/v1/languages", **foreign).json()["code"], "origin_not_allowed")

    def test_idempotency_keys_of_two_clients_are_apart(self):
        key = {"Idempotency-Key": "homework-7"}
        first = self.server.ask("alice", "POST", "/v1/submissions", JOB, **key).json()["token"]
        self.assertEqual(self.server.ask("alice", "POST", "/v1/submissions", JOB, **key).json()["token"], first)
        other = {**JOB, "source": "print(1)\n"}
        answer = self.server.ask("root", "POST", "/v1/submissions", other, **key)
        self.assertEqual(answer.status, 202, answer.body)
        self.assertNotEqual(answer.json()["token"], first)

    def test_compiled_programs_of_two_clients_are_apart(self):
        job = {"language": "c", "source": "int main(void) { return 0; }\n", "tests": [{}]}
        cached = [self.server.ask(name, "POST", "/v1/submissions?wait=30", job).json()["compile"]["cached"]
                  for name in ("alice", "root", "alice", "root")]
        self.assertEqual(cached, [False, False, True, True])

    def test_an_event_stream_asks_for_a_token(self):
        token = self.server.ask("alice", "POST", "/v1/submissions", JOB).json()["token"]
        with EventStream(self.server, token) as stream:
            self.assertEqual(stream.response.status, 401)

    def test_secrets_are_neither_in_the_file_nor_in_the_log(self):
        text = read(self.server.file) + read(self.server.log_path)
        for secret in self.server.secrets.values():
            self.assertRegex(secret, r"^evalx_[0-9a-f]{64}$")
            self.assertNotIn(secret, text)
            self.assertNotIn(secret.removeprefix("evalx_"), text)


class Reloading(unittest.TestCase):
    def hang_up(self, server, message):
        before = len(log_of(server))
        server.process.send_signal(signal.SIGHUP)
        until(lambda: any(line["message"] == message for line in log_of(server)[before:]), 10, message)

    def test_sighup_reads_the_tokens_again(self):
        with TokenServer() as server:
            server.make("late", "read")
            self.assertEqual(server.ask("late", "GET", "/v1/languages").status, 401)
            self.hang_up(server, "read the tokens again")
            self.assertEqual(server.ask("late", "GET", "/v1/languages").status, 200)
            text = read(server.file)
            tables = [table for table in text.split("[[token]]")[1:] if "alice" not in table]
            with open(server.file, "w", encoding="utf-8") as file:
                file.write("".join("[[token]]" + table for table in tables))
            self.hang_up(server, "read the tokens again")
            self.assertEqual(server.ask("alice", "GET", "/v1/languages").status, 401)
            for bad in ("nonsense", "", "[[token]]\n"):
                with open(server.file, "w", encoding="utf-8") as file:
                    file.write(bad)
                self.hang_up(server, "the tokens stay as they were")
                self.assertEqual(server.ask("late", "GET", "/v1/languages").status, 200)
                self.assertEqual(server.ask(None, "GET", "/v1/languages").status, 401)
            os.unlink(server.file)
            self.hang_up(server, "the tokens stay as they were")
            self.assertEqual(server.ask(None, "GET", "/v1/languages").status, 401)

    def test_sighup_never_ends_a_server_nor_its_processes(self):
        with Server() as server:
            token = server.submit({**JOB, "source": "import time\ntime.sleep(1)\nprint(42)\n"}).json()["token"]
            until(lambda: descendants(server.process.pid, "python3"), 20, "the program runs")
            family = [server.process.pid, *descendants(server.process.pid, "evalx")]
            self.assertGreater(len(family), 3)
            for pid in family:
                os.kill(pid, signal.SIGHUP)
            result = server.result_of(token)
            self.assertEqual((result["verdict"], result["attempt"]), ("accepted", 1), result)
            self.assertEqual(server.judge("python", JOB["source"])["verdict"], "accepted")

    def test_a_program_does_not_ignore_sighup(self):
        source = "import os, signal\nprint(signal.getsignal(signal.SIGHUP) == signal.SIG_DFL, flush=True)\nos.kill(os.getpid(), 1)\n"
        with Server() as server:
            result = server.judge("python", source)
            self.assertEqual((result["tests"][0]["stdout"], result["tests"][0]["signal"]), ("True\n", 1), result)


def descendants(pid, name):
    """The pids of all descendants whose name begins so."""
    found = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        for child in map(int, read(f"/proc/{pid}/task/{thread}/children").split()):
            found += [child] * read(f"/proc/{child}/comm").startswith(name) + descendants(child, name)
    return found


class TokenCommand(unittest.TestCase):
    def setUp(self):
        self.folder = make_folder()
        self.addCleanup(shutil.rmtree, self.folder)
        self.file = os.path.join(self.folder, "tokens.toml")

    def make(self, *arguments):
        return run_evalx("token", "new", *arguments, "--tokens-file", self.file)

    def test_refuses_names_scopes_and_files_with_one_line(self):
        self.assertEqual(self.make("alice").returncode, 0)
        for arguments, words in ((("alice",), "has a token alice"), (("a b",), "NAME must be"),
                                 (("bob", "--scopes", "write"), "submit, read, metrics, admin")):
            with self.subTest(arguments):
                done = self.make(*arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done)
                self.assertIn(words, done.stderr)
        with open(self.file, "a", encoding="utf-8") as file:
            file.write("limit = 3\n")
        done = self.make("bob")
        self.assertEqual(done.returncode, 2, done)
        self.assertIn("tokens.toml:6: limit: unknown key", done.stderr)

    def test_the_file_is_for_root_and_the_server_alone(self):
        self.make("alice")
        facts = os.stat(self.file)
        self.assertEqual((stat.S_IMODE(facts.st_mode), facts.st_uid), (0o640, 0))
        self.assertNotEqual(facts.st_gid, 0, "the group of the server's user")

    def test_a_file_of_tokens_in_the_working_directory_is_used(self):
        done = subprocess.run([BINARY, "token", "new", "alice"], cwd=self.folder, env=clean_environment(), text=True,
                              capture_output=True, check=True)
        with FoundTokens(self.folder) as server:
            self.assertEqual(server.exchange("GET", "/v1/languages").status, 401)
            self.assertEqual(server.exchange("GET", "/v1/languages", headers=bearer(done.stdout.strip())).status, 200)

    def test_a_server_without_its_configured_tokens_does_not_start(self):
        for text, words in ((None, "No such file"), ("", "has no token"), ("x = 1", "tokens.toml:1: x")):
            if text is not None:
                with open(self.file, "w", encoding="utf-8") as file:
                    file.write(text)
            done = run_evalx("serve", "--listen", f"127.0.0.1:{free_port()}", "--data-dir", self.folder + "/data",
                             "--tokens-file", self.file)
            self.assertNotEqual(done.returncode, 0, done)
            self.assertEqual(len(complaints(done)), 1, done)
            self.assertIn(words, complaints(done)[0])


class FoundTokens(Server):
    """Started in a folder with tokens.toml."""

    def __init__(self, folder):
        super().__init__(folder=folder, contract=object())


class Variables(unittest.TestCase):
    def test_variables_of_kubernetes_and_compose_do_not_end_the_start(self):
        class InAPod(Server):
            environment = {"EVALX_PORT": "tcp://10.0.0.1:2358", "EVALX_SERVICE_HOST": "10.0.0.1", "EVALX_TAG": "latest",
                           "EVALX_PORT_2358_TCP_PROTO": "tcp", "EVALX_LANGUAGES": "c cpp", "EVALX_LISTENER": "x"}

        with InAPod() as server:
            warnings = [line["message"] for line in log_of(server) if "EVALX_" in line["message"]]
            self.assertEqual(len(warnings), len(InAPod.environment), warnings)
            self.assertTrue(any("EVALX_LISTENER" in line and "EVALX_LISTEN" in line.split("nearest")[1]
                                for line in warnings), warnings)

    def test_unknown_flags_and_keys_stay_errors(self):
        folder = make_folder()
        self.addCleanup(shutil.rmtree, folder)
        with open(folder + "/evalx.toml", "w", encoding="utf-8") as file:
            file.write("listener = 1\n")
        for arguments in (("--listener", "x"), ("--config", folder + "/evalx.toml")):
            done = run_evalx("serve", *arguments)
            self.assertEqual(done.returncode, 2, done)
            self.assertIn("listener", done.stderr)

    def test_no_message_repeats_the_password_of_a_queue(self):
        url = "redis://me:s3cr3t@queue.example:6379/0"
        for arguments in (("jobs", url), ("serve", url), ("api", "--quee", url), (url,), ("workers", "--queue", url, url),
                          ("serve", "--config", url), ("token", "new", "a", url), ("run", "--language", "c", url, url)):
            done = run_evalx(*arguments)
            self.assertNotEqual(done.returncode, 0, arguments)
            self.assertNotIn("s3cr3t", done.stdout + done.stderr, arguments)


if __name__ == "__main__":
    main()
