"""Bad input is refused with a problem document that names the field, and nothing is stored."""

import json
import socket

from evalx_server import ServerTest, main

GOOD = {"language": "python", "source": "print(1)\n", "tests": [{}]}


def but(**changes):
    """The good document with some fields changed; None removes a field."""
    document = {**GOOD, **changes}
    return {name: value for name, value in document.items() if value is not None}


# Description, document, status, and the field that must be named.
DOCUMENTS = [
    ("an unknown language", but(language="brainfuck"), 422, "language"),
    ("a language of the wrong type", but(language=7), 422, "language"),
    ("no language", but(language=None), 422, "language"),
    ("no source", but(source=None), 422, "source"),
    ("an empty source", but(source=""), 422, "source"),
    ("an unknown key", but(sauce="x"), 422, "sauce"),
    ("an unknown key of a test", but(tests=[{"stdin": ""}, {"stdinn": ""}]), 422, "tests[1].stdinn"),
    ("a source twice", but(source_base64="eA=="), 422, "source"),
    ("a source and files", but(files=[{"path": "a.py", "content": "x"}]), 422, "files"),
    ("no tests", but(tests=None), 422, "tests"),
    ("an empty list of tests", but(tests=[]), 422, "tests"),
    ("tests of the wrong type", but(tests={}), 422, "tests"),
    ("too many tests", but(tests=[{}] * 10001), 422, "tests"),
    ("a test of the wrong type", but(tests=[{}, "x"]), 422, "tests[1]"),
    ("stdin of the wrong type", but(tests=[{"stdin": 5}]), 422, "tests[0].stdin"),
    ("bad base64", but(tests=[{"stdin_base64": "a"}]), 422, "tests[0].stdin_base64"),
    ("base64 with a line break", but(tests=[{"stdin_base64": "eHh4\neHh4"}]), 422, "tests[0].stdin_base64"),
    ("a NUL in an argument", but(tests=[{"args": ["a\0b"]}]), 422, "tests[0].args[0]"),
    ("an argument that is too long", but(tests=[{"args": ["x" * 4097]}]), 422, "tests[0].args[0]"),
    ("a limit over its maximum", but(limits={"cpu_time_ms": 60001}), 422, "limits.cpu_time_ms"),
    ("a limit under its minimum", but(limits={"memory_kb": 4095}), 422, "limits.memory_kb"),
    ("a negative limit", but(limits={"output_kb": -1}), 422, "limits.output_kb"),
    ("a limit that is no number", but(limits={"wall_time_ms": "1"}), 422, "limits.wall_time_ms"),
    ("a limit that is no whole number", but(limits={"processes": 1.5}), 422, "limits.processes"),
    ("a huge limit", but(limits={"memory_kb": 10**30}), 422, "limits.memory_kb"),
    ("an unknown limit", but(limits={"cpu": 1}), 422, "limits.cpu"),
    ("an unknown way to compare", but(compare={"mode": "roughly"}), 422, "compare.mode"),
    ("a negative tolerance", but(compare={"mode": "float", "absolute": -1}), 422, "compare.absolute"),
    ("an unknown policy", but(policy="some"), 422, "policy"),
    ("a word for atomic", but(atomic="yes"), 422, "atomic"),
    ("an expiry of no time", but(expires_after_ms=0), 422, "expires_after_ms"),
    ("an expiry after a day", but(expires_after_ms=86_400_001), 422, "expires_after_ms"),
    ("an expiry that is no whole number", but(expires_after_ms=0.5), 422, "expires_after_ms"),
    ("an option that may not be given", but(language="c", compiler_options=["-fplugin=x"]), 422,
     "compiler_options[0]"),
    ("a path that leaves the box", but(source=None, files=[{"path": "../x.py", "content": "1"}]), 422,
     "files[0].path"),
    ("an absolute path", but(source=None, files=[{"path": "/x.py", "content": "1"}]), 422, "files[0].path"),
    ("a path twice", but(source=None, files=[{"path": "x.py", "content": "1"}] * 2), 422, "files[1].path"),
    ("a callback that is no text", but(callback_url=7), 422, "callback_url"),
    ("a document that is a list", [], 422, ""),
]

# Description, bytes of the body, status, and the field that must be named.
BODIES = [
    ("a doubled key", b'{"language":"python","language":"c","source":"1","tests":[{}]}', 400, "language"),
    ("invalid UTF-8", b'{"language":"python","source":"\xff","tests":[{}]}', 400, None),
    ("an unpaired surrogate", b'{"language":"python","source":"\\ud800","tests":[{}]}', 400, None),
    ("no JSON", b"language=python", 400, None),
    ("an empty body", b"", 400, None),
    ("words after the document", json.dumps(GOOD).encode() + b" {}", 400, None),
    ("nesting 100,000 deep", b'{"tests":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, None),
    ("a body over the limit", b'{"source":"' + b"x" * (16 * 1024 * 1024) + b'"}', 413, None),
]

HEADERS = [
    ("another media type", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "Content-Type"),
    ("an idempotency key that is too long", {"Idempotency-Key": "k" * 256}, 400, "Idempotency-Key"),
    ("an idempotency key with a blank", {"Idempotency-Key": "a b"}, 400, "Idempotency-Key"),
]


SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLLsw"
# A URL, and a part of the refusal.
URLS = [
    ("", "must be an absolute URL"),
    ("hooks.example/done", "must be an absolute URL"),
    ("https://", "must have a host"),
    ("https://hooks.example/ x", "must have no spaces"),
    ("ftp://hooks.example/", "must begin with https:// or http://"),
    ("file:///etc/passwd", "must begin with https:// or http://"),
    ("https://me:s3cr3t@hooks.example/", "must not have a user name or a password"),
    ("https://hooks.example/#done", "must not have a fragment"),
    ("https://hooks.example:22/", "port 22 is not allowed"),
    ("https://hooks.example:6000/", "port 6000 is not allowed"),
    ("http://127.0.0.1/", "loopback"),
    ("http://127.0.0.1:2358/", "loopback"),
    ("http://localhost/", "must be public"),
    ("http://redis:6379/", "must be public"),
    ("http://2130706433/", "four decimal numbers"),
    ("http://[::1]/", "loopback"),
    ("http://[::ffff:127.0.0.1]/", "must be public"),
    ("http://169.254.169.254/latest/meta-data/", "metadata"),
    ("http://10.0.0.1/", "private"),
    ("https://hooks.example/" + "x" * 2048, "must have at most 2048 characters"),
    (7, "must be a string"),
    (["https://hooks.example/"], "must be a string"),
]


class Refusals(ServerTest):
    """After each test nothing was stored."""

    def setUp(self):
        self.accepted = self.count_accepted()

    def tearDown(self):
        self.assertEqual(self.count_accepted(), self.accepted, "something was stored")
        self.assertEqual(self.server.metrics()['evalx_queue_depth{queue="default"}'], 0)

    def count_accepted(self):
        return self.server.metrics()['evalx_jobs_total{event="accepted"}']

    def assert_refused(self, answer, status, field):
        self.assertEqual(answer.status, status, answer.body[:500])
        problem = answer.json()
        if field is not None:
            self.assertIn(field, [error["field"] for error in problem.get("errors", [])])
        self.assertGreater(len(problem["detail"]), 5)
        self.assertLess(len(answer.body), 16 * 1024, "a refusal is short, however long the request was")

    def assert_refused_callback(self, url, words):
        answer = self.server.submit(but(callback_url=url))
        self.assert_refused(answer, 422, "callback_url")
        self.assertIn(words, answer.json()["errors"][0]["message"])
        self.assertNotIn("s3cr3t", answer.body.decode())


class BadCallbacks(Refusals):
    arguments = ("--webhook-secrets", SECRET)

    def test_refuses_urls_that_must_not_be_called(self):
        for url, words in URLS:
            with self.subTest(url):
                self.assert_refused_callback(url, words)


class BadInput(Refusals):
    def test_refuses_callbacks_where_they_are_off(self):
        for url in ("https://hooks.example/", "", "ftp://x"):
            with self.subTest(url):
                self.assert_refused_callback(url, "is not enabled here: this server has no webhook_secrets")

    def test_refuses_bad_documents(self):
        for what, document, status, field in DOCUMENTS:
            with self.subTest(what):
                self.assert_refused(self.server.submit(document), status, field)

    def test_refuses_bad_bodies(self):
        for what, body, status, field in BODIES:
            with self.subTest(what):
                self.assert_refused(self.server.request("POST", "/v1/submissions", body=body), status, field)

    def test_refuses_bad_headers(self):
        for what, headers, status, field in HEADERS:
            with self.subTest(what):
                self.assert_refused(self.server.submit(GOOD, headers=headers), status, field)

    def test_refuses_bad_waits(self):
        for wait in ("-1", "61", "abc", "", "1.2345", "1e1", "nan"):
            with self.subTest(wait):
                self.assert_refused(self.server.submit(GOOD, wait=wait), 400, "wait")

    def test_refuses_unknown_query_parameters_and_names_the_known_ones(self):
        token = "00000000-0000-4000-8000-000000000000"
        for method, target in (("POST", "/v1/submissions?wiat=30"), ("GET", f"/v1/submissions/{token}?wait=1&x"),
                               ("DELETE", f"/v1/submissions/{token}?force=1"), ("GET", "/v1/capabilities?x=1"),
                               ("GET", f"/v1/submissions/{token}/events?after=1"), ("GET", "/?x")):
            with self.subTest(f"{method} {target}"):
                document = GOOD if method == "POST" else None
                answer = self.server.request(method, target, document)
                self.assertEqual((answer.status, answer.json()["code"]), (400, "unknown_parameter"))
        answer = self.server.request("POST", "/v1/submissions?wiat=30", GOOD)
        self.assertEqual(answer.json()["errors"], [
            {"field": "wiat", "message": "is not a parameter of this path, which takes wait"}])
        self.assertEqual(self.server.get("/metrics?x=1").status, 200, "scrapers may add parameters of their own")

    def test_refuses_a_body_without_a_type_which_every_page_may_send(self):
        answer = self.server.exchange("POST", "/v1/submissions", json.dumps(GOOD).encode())
        self.assertEqual((answer.status, answer.json()["code"]), (415, "unsupported_media_type"))
        self.assertEqual(answer.json()["errors"][0]["field"], "Content-Type")

    def test_problems_have_codes_that_the_page_lists(self):
        token = "00000000-0000-4000-8000-000000000000"
        for method, target, document, code in (
                ("GET", f"/v1/submissions/{token}", None, "unknown_submission"), ("GET", "/nowhere", None, "no_such_path"),
                ("PUT", "/v1/submissions", None, "method_not_allowed"), ("POST", "/v1/submissions", {}, "invalid_submission"),
                ("POST", "/v1/submissions?wait=x", GOOD, "invalid_query")):
            with self.subTest(code):
                answer = self.server.request(method, target, document)
                self.assertEqual(answer.json()["code"], code)
                self.assertTrue(answer.body.endswith(b"}\n"), "a newline, for a curl at a terminal")
        for path in ("/", "/v1/languages", "/v1/capabilities", "/openapi.json", "/healthz", "/readyz"):
            self.assertTrue(self.server.get(path).body.endswith(b"\n"), path)

    def test_every_error_of_a_document_is_listed(self):
        answer = self.server.submit(but(limits={"cpu_time_ms": 0, "memory_kb": 1}, policy="x", tests=[{"stdin": 1}]))
        self.assertEqual([error["field"] for error in answer.json()["errors"]],
                         ["tests[0].stdin", "limits.cpu_time_ms", "limits.memory_kb", "policy"])

    def test_unknown_tokens_routes_and_methods(self):
        unknown = "/v1/submissions/00000000-0000-4000-8000-000000000000"
        for method, target, status in [
                ("GET", unknown, 404), ("GET", unknown + "/events", 404), ("DELETE", unknown, 404),
                ("GET", "/v1/submissions/nonsense", 404), ("GET", "/v1/submissions/..%2f..%2fetc", 404),
                ("GET", "/nowhere", 404), ("PUT", "/v1/submissions", 405), ("DELETE", "/healthz", 405)]:
            with self.subTest(f"{method} {target}"):
                self.assertEqual(self.server.request(method, target).status, status)

    def test_invalid_http_gets_an_error_and_a_closed_connection(self):
        for words in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n",
                      b"POST /v1/submissions HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
                      b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20000 + b"\r\n\r\n"):
            with self.subTest(words[:20]), socket.create_connection((self.server.host, self.server.port), 10) as peer:
                peer.settimeout(10)
                peer.sendall(words)
                received = b""
                while part := peer.recv(65536):
                    received += part
                self.assertRegex(received, rb"^HTTP/1\.1 4\d\d ")


if __name__ == "__main__":
    main()
