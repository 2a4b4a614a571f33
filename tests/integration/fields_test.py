"""Every field of the OpenAPI document keeps its promise: each that a client may send has an effect, and each that the server
sends takes the value of what happened. A field that no test here names fails the last test."""

import json
import socket
import time
import unittest

from event_stream import EventStream
from evalx_server import ENDLESS, Server, encode, main, run_evalx, until

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLLsw"
NAMED = set()
PRINT_ARGS = "import sys\nprint(sys.argv[1:], sys.stdin.read())\n"


def sees(*fields):
    """The test sees the effect of these fields: "Schema.field", or "parameter NAME"."""
    def mark(test):
        NAMED.update(fields)
        return test
    return mark


class Requests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.__exit__, None, None, None)

    def run_python(self, source, test=None, **more):
        return self.server.judge("python", source, [test or {}], **more)

    def output(self, source, test=None, **more):
        [test] = self.run_python(source, test, **more)["tests"]
        return test["stdout"]

    def verdict(self, document):
        return self.server.submit(document, wait=30).json()["verdict"]

    @sees("NewSubmission.language", "NewSubmission.source", "NewSubmission.source_base64")
    def test_the_program(self):
        self.assertEqual(self.output("print(1)\n"), "1\n")
        self.assertEqual(self.server.judge("bash", "echo 2\n")["tests"][0]["stdout"], "2\n")
        answer = self.server.submit({"language": "python", "source_base64": encode(b"print('\xc3\xa4')\n"), "tests": [{}]}, 30)
        self.assertEqual(answer.json()["tests"][0]["stdout"], "ä\n")

    @sees("NewSubmission.files", "SourceFile.path", "SourceFile.content", "SourceFile.content_base64")
    def test_files(self):
        document = {"language": "python", "tests": [{}], "files": [
            {"path": "main.py", "content": "import parts.other\nprint(open('parts/bytes', 'rb').read())\n"},
            {"path": "parts/other.py", "content": "print('imported')\n"},
            {"path": "parts/bytes", "content_base64": encode(b"\xff\x00")}]}
        test = self.server.submit(document, wait=30).json()["tests"][0]
        self.assertEqual(test["stdout"], "imported\nb'\\xff\\x00'\n")

    @sees("NewSubmission.tests", "Test.stdin", "Test.stdin_base64", "Test.args", "Test.args_base64")
    def test_tests(self):
        tests = [{"stdin": "a"}, {"stdin_base64": encode("ä".encode())}, {"args": ["x", "y"]}, {"args_base64": [encode(b"z")]}]
        result = self.server.judge("python", PRINT_ARGS, tests)
        self.assertEqual([test["stdout"] for test in result["tests"]], ["[] a\n", "[] ä\n", "['x', 'y'] \n", "['z'] \n"])

    @sees("Test.expected_output", "Test.expected_output_base64")
    def test_expected_output(self):
        tests = [{"expected_output": "1\n"}, {"expected_output": "2\n"}, {"expected_output": None},
                 {"expected_output_base64": encode(b"1")}, {"expected_output_base64": encode(b"\xff")}]
        result = self.server.judge("python", "print(1)\n", tests)
        self.assertEqual([test["verdict"] for test in result["tests"]],
                         ["accepted", "wrong_answer", "accepted", "accepted", "wrong_answer"])

    @sees("NewSubmission.compare", "Compare.mode", "Compare.absolute", "Compare.relative")
    def test_compare(self):
        def verdict(output, expected, **compare):
            return self.run_python(f"print({output!r}, end='')\n", {"expected_output": expected}, compare=compare)["verdict"]
        self.assertEqual(verdict("1 ", "1\n"), "accepted")
        self.assertEqual(verdict("1 ", "1\n", mode="exact"), "wrong_answer")
        self.assertEqual(verdict("1\n2", "1 2", mode="tokens"), "accepted")
        close = {"mode": "float", "absolute": 0, "relative": 0}
        self.assertEqual(verdict("100.5", "100", **close), "wrong_answer")
        self.assertEqual(verdict("100.5", "100", **{**close, "absolute": 1}), "accepted")
        self.assertEqual(verdict("100.5", "100", **{**close, "relative": 0.01}), "accepted")

    @sees("NewSubmission.policy")
    def test_policy(self):
        tests = [{"expected_output": "2"}, {"expected_output": "1"}]
        for policy, last in (("all", "accepted"), ("first_failure", "skipped")):
            result = self.server.judge("python", "print(1)\n", tests, policy=policy)
            self.assertEqual([test["verdict"] for test in result["tests"]], ["wrong_answer", last])

    @sees("NewSubmission.compiler_options")
    def test_compiler_options(self):
        source = "#include <stdio.h>\nint main(void) { printf(\"%d\", NUMBER); }\n"
        result = self.server.judge("c", source, compiler_options=["-DNUMBER=7"])
        self.assertEqual(result["tests"][0]["stdout"], "7")

    @sees("NewSubmission.expires_after_ms")
    def test_expires_after_ms(self):
        with Server("--max-concurrent-sandboxes", "1") as server:
            blockers = [server.submit(ENDLESS).json()["token"] for _ in range(3)]
            until(lambda: server.metrics()["evalx_sandboxes_in_use"] > 0, 20, "the first runs")
            late = server.submit({"language": "python", "source": "1", "tests": [{}], "expires_after_ms": 100}).json()["token"]
            self.assertEqual(server.result_of(late, 20)["verdict"], "expired")
            for token in blockers:
                server.request("DELETE", f"/v1/submissions/{token}")

    @sees("NewSubmission.callback_url")
    def test_callback_url(self):
        job = {"language": "python", "source": "print(1)\n", "tests": [{}]}
        with socket.socket() as silent, Server("--webhook-secrets", SECRET, "--allow-private-callbacks") as server:
            silent.bind(("127.0.0.1", 0))  # Does not listen: every attempt to connect is refused.
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/done?id=1"
            tokens = [server.submit({**job, "callback_url": where}, wait=30).json()["token"] for where in (url, None)]
            shown = [run_evalx("jobs", "callbacks", token, "--data-dir", server.data, "--json") for token in tokens]
            callback = json.loads(shown[0].stdout)
            self.assertEqual((callback["token"], callback["url"]), (tokens[0], url))
            self.assertIn(callback["state"], ("waiting", "sending"))
            self.assertEqual(shown[1].returncode, 1, "null is none")

    @sees("NewSubmission.atomic")
    def test_atomic(self):
        tests = [{} for _ in range(40)]
        slow = {"language": "python", "source": "import time\ntime.sleep(0.25)\nprint(time.time())\n", "tests": tests}
        with Server("--max-concurrent-sandboxes", "2") as server:
            tokens = {atomic: server.submit({**slow, "atomic": atomic}).json()["token"] for atomic in (False, True)}
            for token in tokens.values():  # More than two seconds of tests: finished ones were saved, if they may be.
                with EventStream(server, token) as stream:
                    for tested, _ in enumerate(event for event in stream if event[1] == "test"):
                        if tested == 24:
                            break
            server.kill()
            killed = time.time()
            server.start()
            kept = {}
            for atomic, token in tokens.items():
                result = server.result_of(token)
                self.assertEqual((result["verdict"], result["attempt"]), ("accepted", 2))
                kept[atomic] = sum(float(test["stdout"]) < killed for test in result["tests"])
            self.assertGreater(kept[False], 0)
            self.assertEqual(kept[True], 0)

    @sees("NewSubmission.limits", "Limits.cpu_time_ms", "Limits.wall_time_ms", "Limits.memory_kb", "Limits.output_kb",
          "Limits.stack_kb", "Limits.file_size_kb", "Limits.processes", "Limits.open_files")
    def test_limits(self):
        def verdict(source, **limits):
            return self.run_python(source, limits=limits)["verdict"]
        self.assertEqual(verdict("while True: pass\n", cpu_time_ms=100), "time_limit")
        self.assertEqual(verdict("import time\ntime.sleep(9)\n", wall_time_ms=300), "wall_limit")
        self.assertEqual(verdict("x = bytearray(80 << 20)\n", memory_kb=64 << 10), "memory_limit")
        self.assertEqual(verdict("print('x' * 5000)\n", output_kb=1), "output_limit")
        stack = "import resource\nprint(resource.getrlimit(resource.RLIMIT_STACK)[0] >> 10)\n"
        self.assertEqual(self.output(stack, limits={"stack_kb": 1000}), "1000\n")
        file = "try:\n  open('f', 'wb', 0).write(bytes(20000))\n  open('f', 'ab', 0).write(b'1')\nexcept OSError as e:\n  print(e.errno)\n"
        self.assertEqual(self.output(file, limits={"file_size_kb": 10}), "27\n", "EFBIG")
        fork = "import os\ntry:\n  os.fork()\nexcept OSError as e:\n  print(e.errno)\n"
        self.assertEqual(self.output(fork, limits={"processes": 1}), "11\n", "EAGAIN")
        files = "import os\ntry:\n  [os.dup(0) for _ in range(20)]\nexcept OSError as e:\n  print(e.errno)\n"
        self.assertEqual(self.output(files, limits={"open_files": 12}), "24\n", "EMFILE")

    @sees("parameter wait", "parameter token", "parameter Idempotency-Key")
    def test_parameters(self):
        job = {"language": "python", "source": "print(1)\n", "tests": [{}]}
        first = self.server.submit(job, wait=30, headers={"Idempotency-Key": "k"}).json()
        self.assertEqual(first["status"], "finished")
        again = self.server.submit(job, headers={"Idempotency-Key": "k"})
        self.assertEqual((again.json()["token"], again.headers["idempotency-replayed"]), (first["token"], "true"))
        self.assertEqual(self.server.get(f"/v1/submissions/{first['token']}").json(), first)

    @sees("parameter erase")
    def test_erase(self):
        done = self.server.judge("python", "print('the secret source')\n")["token"]
        running = self.server.submit(ENDLESS).json()["token"]
        for token in (done, running):
            self.assertEqual(self.server.request("DELETE", f"/v1/submissions/{token}?erase=true").status, 204)
            for method, target in (("GET", ""), ("GET", "/events"), ("DELETE", ""), ("DELETE", "?erase=true")):
                self.assertEqual(self.server.request(method, f"/v1/submissions/{token}{target}").status, 404, target)
        until(lambda: self.server.metrics()["evalx_sandboxes_in_use"] == 0, 10, "the program is killed")

    @sees("parameter limit", "parameter after", "LanguageList.next")
    def test_pages(self):
        found, after = [], ""
        while after is not None:
            page = self.server.get(f"/v1/languages?limit=10{after and '&after=' + after}").json()
            found += [language["id"] for language in page["languages"]]
            after = page["next"]
        self.assertEqual(found, list(self.server.languages()))

    @sees("parameter Last-Event-ID", "parameter last_event_id")
    def test_event_ids(self):
        token = self.server.judge("python", "print(1)\n")["token"]
        with EventStream(self.server, token) as stream:
            whole = list(stream)
        with EventStream(self.server, token, whole[1][0]) as stream:
            self.assertEqual(list(stream), whole[2:])
        answer = self.server.get(f"/v1/submissions/{token}/events?last_event_id={whole[-2][0]}")
        self.assertNotIn(b"event: test", answer.body)
        self.assertIn(b"event: finished", answer.body)


# Fields that are the same in every answer, and why.
CONSTANT = {
    "Result.status": "only finished submissions have a result", "Alive.status": "an answer is the proof",
    "Problem.type": "about:blank, as RFC 9457 wants it if there is no page", "Index.name": "evalX",
    "Index.version": "of one release", "Index.urls": "of one API", "Capabilities.version": "of one release",
    "Capabilities.compare_modes": "of one release", "Capabilities.policies": "of one release",
    "Capabilities.tests_max": "of one release", "Capabilities.files_max": "of one release",
    "Capabilities.path_bytes_max": "of one release", "Capabilities.args_max": "of one release",
    "Capabilities.arg_bytes_max": "of one release", "Capabilities.compiler_options_max": "of one release",
    "Capabilities.wait_seconds_max": "of one release", "Capabilities.limits": "of one release",
    "LanguageList.languages": "seen in its elements", "LanguageList.next": "test_pages sees it", "Engine.sandbox": "isolate_test.py sees the other",
    "Engine.sandbox_version": "of one release", "Engine.cgroup_version": "of one machine",
    "Engine.queue": "fleet_test.py sees the other", "Result.attempt": "test_atomic sees the second",
    "Callbacks.attempts_max": "of one release", "Callbacks.url_bytes_max": "of one release",
    "Callbacks.connect_seconds_max": "of one release", "Callbacks.answer_seconds_max": "of one release",
    "Callbacks.total_seconds_max": "of one release",
    "Capabilities.mechanisms": "seen in its elements",
    "Readiness.status": "split_test.py sees the other", "Readiness.reasons": "split_test.py sees the other",
}


class Answers(unittest.TestCase):
    """Answers about different things differ in each field."""

    def setUp(self):
        self.seen = {}

    def note(self, document, schema, name):
        """Records each field of a document with its value."""
        schema = self.contract.resolve(schema)
        for way in schema.get("oneOf", []):
            if isinstance(document, dict) and set(document) <= set(self.contract.resolve(way).get("properties", ())):
                self.note(document, way, way.get("$ref", name).split("/")[-1])
        for field, below in schema.get("properties", {}).items() if isinstance(document, dict) else ():
            value = document.get(field, "absent")
            self.seen.setdefault(f"{name}.{field}", set()).add(repr(value))
            reference = below.get("$ref") or below.get("items", {}).get("$ref") or next(
                (way["$ref"] for way in below.get("oneOf", []) if "$ref" in way), None)
            for element in value if isinstance(value, list) else [value]:
                if reference:
                    self.note(element, {"$ref": reference}, reference.split("/")[-1])
                else:
                    self.note(element, below, f"{name}.{field}")

    def ask(self, server, name, method, target, document=None):
        self.contract = server.contract
        answer = server.request(method, target, document)
        self.note(answer.json(), {"$ref": f"#/components/schemas/{name}"}, name)
        return answer.json()

    def judge_all(self, server):
        """Submissions that end in as many ways as there are."""
        jobs = [("python", "print(1)\n", {}), ("python", "import sys\nsys.exit('no')\n", {}),
                ("python", "import os\nos.kill(os.getpid(), 9)\n", {}), ("python", "print('x' * 5000)\n", {"limits": {"output_kb": 1}}),
                ("python", "import sys\nsys.stderr.write('x' * 5000)\n", {"limits": {"output_kb": 1}}),
                ("python", "import os\nos.write(1, b'\\xff')\nos.write(2, b'\\xfe')\n", {}),
                ("python", "import os\nos.fork()\n", {"limits": {"processes": 1}}),
                ("c", "#warning careful\nint main(void) { return 0; }\n", {}), ("c", "int main(void) { oops }\n", {}),
                ("c", "int main(void) { return 0; }\n", {}), ("c", "int main(void) { return 0; }\n", {}),
                ("c", "#error " + "x" * 70000 + "\n", {}), ("c", None, {"source_base64": encode(b"#warning \xff\nint main(void) {}\n")}),
                ("python", "print(2)\n", {"tests": [{"expected_output": "1"}, {}]})]
        for language, source, more in jobs:
            document = {"language": language, **({"source": source} if source else {}), "tests": [{}], **more}
            self.ask(server, "Result", "POST", "/v1/submissions?wait=30", document)
        for attempt in (0, 1):
            token = self.ask(server, "Pending", "POST", "/v1/submissions", ENDLESS)["token"]
            until(lambda found=token: server.get(f"/v1/submissions/{found}").json()["status"] == "running", 20, "it runs")
            self.ask(server, "Pending", "GET", f"/v1/submissions/{token}")
            self.ask(server, "Result", "DELETE", f"/v1/submissions/{token}")

    @sees("Result", "Pending", "TestReport", "CompileReport", "Problem", "Capabilities", "Callbacks", "Engine", "Mechanism", "Language",
          "LanguageList", "Index", "Alive", "Readiness", "LimitRange")
    def test_every_field_of_an_answer_changes_with_its_cause(self):
        ways = (("--max-concurrent-sandboxes", "2"),
                ("--max-concurrent-sandboxes", "1", "--memory-budget-mb", "512", "--body-limit-mb", "1", "--seccomp-profile", "contest",
                 "--webhook-secrets", SECRET))
        for arguments in ways:
            with Server(*arguments) as server:
                for name, target in (("Capabilities", "/v1/capabilities"), ("LanguageList", "/v1/languages"), ("Index", "/"),
                                     ("Alive", "/healthz"), ("Readiness", "/readyz")):
                    self.ask(server, name, "GET", target)
                self.ask(server, "Problem", "GET", "/nowhere")
                self.ask(server, "Problem", "POST", "/v1/submissions", {"language": "c"})
                self.ask(server, "Problem", "POST", "/v1/submissions?wait=x", {"language": "c"})
                if arguments is ways[0]:
                    self.judge_all(server)
        missing = []
        for name, schema in self.contract.document["components"]["schemas"].items():
            if name in NAMED:
                for field in schema["properties"]:
                    values = self.seen.get(f"{name}.{field}", set())
                    if len(values) < 2 and f"{name}.{field}" not in CONSTANT:
                        missing.append((f"{name}.{field}", [value[:100] for value in sorted(values)[:2]]))
        self.assertEqual(missing, [])


class Coverage(unittest.TestCase):
    def test_no_field_of_the_document_is_without_a_test(self):
        with Server() as server:
            components = server.contract.document["components"]
        fields = {f"parameter {parameter['name']}" for parameter in components["parameters"].values()}
        for name, schema in components["schemas"].items():
            if "properties" in schema and name not in NAMED:
                fields |= {f"{name}.{field}" for field in schema["properties"]}
        self.assertEqual(fields - NAMED, set())


if __name__ == "__main__":
    main()
