"""The life of a submission over HTTP: tokens, waiting, idempotency, events, cancelling."""

import threading
import time

from event_stream import EventStream
from evalx_server import ENDLESS, TOKEN, ServerTest, main, until

THREE_TESTS = {"language": "python", "source": "print(input())\n",
               "tests": [{"stdin": f"{n}\n", "expected_output": f"{n}\n"} for n in range(3)]}


class Submissions(ServerTest):
    def wait_until_running(self, token):
        with EventStream(self.server, token) as stream:
            for _, kind, _ in stream:
                if kind == "running":
                    return
        self.fail("the submission never ran")

    def sandboxes_in_use(self):
        return self.server.metrics()["evalx_sandboxes_in_use"]

    def test_submit_without_wait_returns_a_token(self):
        answer = self.server.submit(THREE_TESTS)
        self.assertEqual(answer.status, 202)
        document = answer.json()
        self.assertRegex(document["token"], TOKEN)
        self.assertEqual(answer.headers["location"], document["urls"]["self"])
        self.assertEqual(self.server.result_of(document["token"])["verdict"], "accepted")
        self.assertEqual(self.server.get(document["urls"]["self"]).json()["status"], "finished")

    def test_long_wait_returns_the_result(self):
        answer = self.server.submit(THREE_TESTS, wait=30)
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.json()["verdict"], "accepted")
        self.assertEqual(answer.headers["location"], f"/v1/submissions/{answer.json()['token']}")

    def test_short_wait_returns_the_state(self):
        started = time.monotonic()
        answer = self.server.submit(ENDLESS, wait=0.5)
        took = time.monotonic() - started
        self.assertEqual(answer.status, 202)
        self.assertGreaterEqual(took, 0.5)
        self.assertLess(took, 5)
        token = answer.json()["token"]
        looked = self.server.get(f"/v1/submissions/{token}?wait=0.2")
        self.assertEqual((looked.status, looked.json()["status"]), (200, "running"))
        self.server.request("DELETE", f"/v1/submissions/{token}")

    def test_wait_ends_when_the_result_is_available(self):
        document = {"language": "python", "source": "import time\ntime.sleep(0.5)\n", "tests": [{}]}
        started = time.monotonic()
        self.assertEqual(self.server.submit(document, wait=30).json()["verdict"], "accepted")
        self.assertLess(time.monotonic() - started, 2)

    def test_same_key_and_body_return_the_same_submission(self):
        headers = {"Idempotency-Key": "a-key-of-this-test"}
        first = self.server.submit(THREE_TESTS, headers=headers)
        again = self.server.submit(THREE_TESTS, wait=30, headers=headers)
        self.assertEqual(first.json()["token"], again.json()["token"])
        self.assertNotIn("idempotency-replayed", first.headers)
        self.assertEqual(again.headers["idempotency-replayed"], "true")
        self.assertEqual(again.json()["verdict"], "accepted")
        other = {**THREE_TESTS, "source": "print(1)\n"}
        self.assertEqual(self.server.submit(other, headers=headers).status, 409)

    def test_concurrent_requests_with_one_key_create_one_submission(self):
        tokens = []

        def post():
            answer = self.server.submit(THREE_TESTS, headers={"Idempotency-Key": "at-the-same-time"})
            tokens.append(answer.json()["token"])

        threads = [threading.Thread(target=post) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((len(tokens), len(set(tokens))), (8, 1))

    def test_events_are_complete_and_in_order(self):
        token = self.server.submit(THREE_TESTS).json()["token"]
        with EventStream(self.server, token) as stream:
            self.assertEqual(stream.response.getheader("Content-Type"), "text/event-stream")
            events = list(stream)
        kinds = [kind for _, kind, _ in events]
        self.assertEqual(len({number for number, _, _ in events}), len(events))
        self.assertEqual(kinds[:2], ["queued", "running"])
        self.assertEqual(events[-1][1:], ("finished", {"state": "done", "verdict": "accepted"}))
        self.assertEqual(kinds.count("test"), 3)

    def test_stream_resumes_after_the_last_event_id(self):
        token = self.server.submit(THREE_TESTS).json()["token"]
        self.server.result_of(token)
        with EventStream(self.server, token) as stream:
            events = list(stream)
        with EventStream(self.server, token, last=events[1][0]) as stream:
            self.assertEqual(list(stream), events[2:])
        with EventStream(self.server, token, last=events[-1][0]) as stream:
            self.assertEqual(stream.response.status, 204)

    def test_interrupted_stream_loses_no_event(self):
        token = self.server.submit(ENDLESS).json()["token"]
        with EventStream(self.server, token) as stream:
            first = next(iter(stream))
        threading.Timer(0.2, self.server.request, ("DELETE", f"/v1/submissions/{token}")).start()
        with EventStream(self.server, token, last=first[0]) as stream:
            rest = list(stream)
        self.assertEqual([kind for _, kind, _ in rest if kind != "compiled"], ["running", "finished"])

    def test_cancelling_ends_a_running_program_within_a_second(self):
        token = self.server.submit(ENDLESS).json()["token"]
        self.wait_until_running(token)
        until(lambda: self.sandboxes_in_use() > 0, 5, "the program runs")
        started = time.monotonic()
        answer = self.server.request("DELETE", f"/v1/submissions/{token}")
        self.assertIn(answer.status, (200, 202))
        result = self.server.result_of(token, 5)
        self.assertLess(time.monotonic() - started, 1)
        self.assertEqual(result["verdict"], "cancelled")
        # The program is dead as well: its sandbox is free for others.
        until(lambda: self.sandboxes_in_use() == 0, 1, "the sandbox is free")
        self.assertEqual(self.server.request("DELETE", f"/v1/submissions/{token}").status, 409)

    def test_a_result_never_changes(self):
        token = self.server.submit(THREE_TESTS, wait=30).json()["token"]
        self.assertEqual(self.server.request("DELETE", f"/v1/submissions/{token}").status, 409)
        self.assertEqual(self.server.result_of(token)["verdict"], "accepted")


if __name__ == "__main__":
    main()
