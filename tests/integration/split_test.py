"""`evalx api` and `evalx worker`, connected by Redis: judging, shutdown, outages, and refused settings."""

import concurrent.futures
import os
import shutil
import signal
import time
import unittest

from event_stream import EventStream
from evalx_server import ENDLESS, LONG_LIMITS, Server, complaints, free_port, main, make_folder, run_evalx, until
from processes import read, status_of
from redis_server import Redis, needs_redis
from roles import AT_ONCE_SECONDS, Api, Worker


def sleeper(number, seconds=0.1):
    return {"language": "python", "source": f"import time\ntime.sleep({seconds})\nprint(input())\n",
            "tests": [{"stdin": f"{number}\n", "expected_output": f"{number}\n"}], "limits": LONG_LIMITS}


def submit_all(api, documents):
    """Submits the documents, four at a time; returns their tokens in order."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(api.submit, documents))
    for answer in answers:
        if answer.status != 202:
            raise AssertionError(f"refused: {answer.body[:500]}")
    return [answer.json()["token"] for answer in answers]


class Results(unittest.TestCase):
    def assert_accepted(self, api, tokens, seconds=60):
        results = [api.result_of(token, seconds) for token in tokens]
        for number, result in enumerate(results):
            self.assertEqual(result["verdict"], "accepted", result)
            self.assertEqual(result["tests"][0]["stdout"], f"{number}\n")
        return results


@needs_redis
class Together(Results):
    """An API and two workers, which the tests share."""

    @classmethod
    def setUpClass(cls):
        cls.redis = Redis()
        cls.addClassCleanup(cls.redis.__exit__)
        cls.api = cls.enter(Api(cls.redis))
        cls.workers = [cls.enter(Worker(cls.redis, cls.api)) for _ in range(2)]

    @classmethod
    def enter(cls, server):
        cls.addClassCleanup(server.__exit__, None, None, None)
        return server

    def total(self, name):
        return sum(worker.metrics().get(name, 0) for worker in self.workers)

    def test_both_workers_judge_and_count_what_the_api_accepts(self):
        verdicts = ('evalx_verdicts_total{verdict="accepted",language="python"}',
                    'evalx_verdicts_total{language="python",verdict="accepted"}')
        before = [worker.metrics()["evalx_attempts_total"] for worker in self.workers]
        counted = sum(self.total(name) for name in verdicts)
        accepted = self.api.metrics()['evalx_jobs_total{event="accepted"}']
        tokens = submit_all(self.api, [sleeper(number) for number in range(24)])
        self.assert_accepted(self.api, tokens)
        attempts = [worker.metrics()["evalx_attempts_total"] - were
                    for worker, were in zip(self.workers, before, strict=True)]
        self.assertEqual(sum(attempts), 24)
        self.assertGreater(min(attempts), 0)
        self.assertEqual(sum(self.total(name) for name in verdicts), counted + 24)
        at_api = self.api.metrics()
        self.assertEqual(at_api['evalx_jobs_total{event="accepted"}'], accepted + 24)
        self.assertEqual((at_api["evalx_attempts_total"], at_api["evalx_sandboxes_max"]), (0, 0))

    def test_api_streams_the_events_of_its_workers(self):
        token = self.api.submit(sleeper(1, 0.5)).json()["token"]
        with EventStream(self.api, token) as stream:
            events = list(stream)
        self.assertEqual(len({number for number, _, _ in events}), len(events))
        self.assertEqual([kind for _, kind, _ in events], ["queued", "running", "test", "finished"])

    def test_cancelling_ends_the_program_within_a_second(self):
        token = self.api.submit(ENDLESS).json()["token"]
        until(lambda: self.total("evalx_sandboxes_in_use"), 20, "the program runs")
        started = time.monotonic()
        self.assertIn(self.api.request("DELETE", f"/v1/submissions/{token}").status, (200, 202))
        self.assertEqual(self.api.result_of(token, 5)["verdict"], "cancelled")
        until(lambda: self.total("evalx_sandboxes_in_use") == 0, 5, "the sandbox is given back")
        self.assertLess(time.monotonic() - started, 1)

    def test_worker_serves_operators_but_no_clients(self):
        worker = self.workers[0]
        self.assertEqual(worker.get("/healthz").status, 200)
        self.assertEqual(worker.why_not_ready(), [])
        for path in ("/", "/v1/languages", "/openapi.json"):
            self.assertEqual(worker.exchange("GET", path).status, 404, path)
        self.assertEqual(worker.exchange("POST", "/v1/submissions", b"{}").status, 404)

    def test_api_has_no_privileges_and_no_children(self):
        pid = self.api.process.pid
        status = status_of(pid)
        self.assertNotIn("0", status["Uid"].split())
        self.assertNotIn("0", status["Gid"].split())
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            self.assertEqual(int(status[name], 16), 0, name)
        self.assertEqual(status["NoNewPrivs"], "1")
        self.assertEqual(read(f"/proc/{pid}/task/{pid}/children"), "")


@needs_redis
class Ending(Results):
    def test_sigterm_under_load_charges_no_attempt(self):
        with Redis() as redis, Api(redis) as api, Worker(redis, api) as stays, Worker(redis, api) as leaves:
            tokens = submit_all(api, [sleeper(number) for number in range(30)])
            until(leaves.running, 20, "the worker judges")
            self.assertEqual(leaves.stop(), 0)
            for result in self.assert_accepted(api, tokens):
                self.assertEqual(result["attempt"], 1, stays.log())

    def test_job_that_outlasts_the_grace_runs_on_another_worker(self):
        with Redis() as redis, Api(redis) as api:
            with Worker(redis, api, "--drain-grace-seconds", "0") as leaves:
                tokens = submit_all(api, [sleeper(number, 2) for number in range(3)])
                until(leaves.running, 20, "the worker judges")
                self.assertEqual(leaves.stop(), 0)
            with Worker(redis, api):
                for result in self.assert_accepted(api, tokens):
                    self.assertEqual(result["attempt"], 1)

    def test_second_signal_returns_running_jobs_at_once(self):
        with Redis() as redis, Api(redis) as api, Worker(redis, api) as worker:
            token = api.submit(ENDLESS).json()["token"]
            until(worker.running, 20, "the program runs")
            worker.process.send_signal(signal.SIGTERM)
            until(worker.why_not_ready, 5, "the worker is not ready")
            self.assertEqual(worker.why_not_ready(), ["shutting down"])
            self.assertEqual(worker.running(), 1, "the grace is not over")
            self.assertEqual(worker.end_at_once(signal.SIGTERM), 0)
            left = api.get(f"/v1/submissions/{token}").json()
            self.assertEqual((left["status"], left["attempt"]), ("queued", 0))
            # The API has no jobs of its own, but reports the queue.
            until(lambda: api.metrics()['evalx_queue_depth{queue="default"}'] == 1, 5, "the job is counted")
            until(lambda: api.metrics()["evalx_queue_oldest_seconds"] >= 1, 5, "its age grows")

    def test_draining_server_refuses_submissions_but_answers_queries(self):
        with Server() as server:
            token = server.submit(ENDLESS).json()["token"]
            until(lambda: server.metrics()["evalx_sandboxes_in_use"], 20, "the program runs")
            server.process.send_signal(signal.SIGTERM)
            until(lambda: server.get("/readyz").status == 503, 5, "the server is not ready")
            refused = server.submit(sleeper(1))
            self.assertEqual(refused.status, 503)
            self.assertGreaterEqual(int(refused.headers["retry-after"]), 1)
            self.assertEqual(server.get(f"/v1/submissions/{token}").json()["status"], "running")
            server.process.send_signal(signal.SIGINT)
            self.assertEqual(server.process.wait(AT_ONCE_SECONDS), 0)
            server.start()
            self.assertIn(server.request("DELETE", f"/v1/submissions/{token}").status, (200, 202))

    def test_second_signal_still_answers_waiting_clients(self):
        with Server() as server, concurrent.futures.ThreadPoolExecutor(3) as pool:
            token = server.submit(ENDLESS).json()["token"]
            waiting = [pool.submit(server.get, f"/v1/submissions/{token}?wait=60") for _ in range(3)]
            until(lambda: server.metrics()["evalx_http_connections"] == 4, 20, "the clients wait")
            server.process.send_signal(signal.SIGTERM)
            until(lambda: server.get("/readyz").status == 503, 5, "the server drains")
            server.process.send_signal(signal.SIGTERM)
            for client in waiting:
                answer = client.result()
                self.assertEqual((answer.status, answer.json()["status"]), (200, "queued"))
            self.assertEqual(server.process.wait(AT_ONCE_SECONDS), 0)
            server.start()
            self.assertIn(server.request("DELETE", f"/v1/submissions/{token}").status, (200, 202))

    def test_clients_of_a_stopping_api_continue_at_another(self):
        with Redis() as redis, Api(redis) as leaves, Api(redis) as stays:
            token = leaves.submit(sleeper(0)).json()["token"]
            with concurrent.futures.ThreadPoolExecutor(2) as pool, EventStream(leaves, token) as stream:
                last, *first = next(iter(stream))
                self.assertEqual(first, ["queued", {}])
                posted = pool.submit(leaves.submit, sleeper(1), wait=60)
                looked = pool.submit(leaves.get, f"/v1/submissions/{token}?wait=60")
                # Four connections: the event stream, the two waiting clients, and this request.
                until(lambda: leaves.metrics()["evalx_http_connections"] == 4, 10, "both clients wait")
                until(lambda: leaves.metrics()['evalx_jobs_total{event="accepted"}'] == 2, 10, "the submission is stored")
                ending = time.monotonic()
                leaves.process.send_signal(signal.SIGTERM)
                late, known = posted.result(), looked.result()
                self.assertEqual(stream.response.read(), b": this server is shutting down\nretry: 1000\n\n")
                self.assertLess(time.monotonic() - ending, AT_ONCE_SECONDS / 2)
            self.assertEqual(leaves.process.wait(AT_ONCE_SECONDS), 0, leaves.log())
            for answer, status in ((late, 202), (known, 200)):
                self.assertEqual((answer.status, answer.headers["connection"]), (status, "close"))
                self.assertEqual((answer.json()["status"], answer.json()["attempt"]), ("queued", 0))
            self.assertEqual(known.json(), stays.get(f"/v1/submissions/{token}").json())
            with Worker(redis, stays), EventStream(stays, token, last) as stream:
                self.assertEqual([kind for _, kind, _ in stream], ["running", "test", "finished"])
                self.assert_accepted(stays, [token, late.json()["token"]])

    def test_killed_worker_loses_nothing(self):
        with Redis() as redis, Api(redis) as api, Worker(redis, api), Worker(redis, api) as victim:
            tokens = submit_all(api, [sleeper(number, 0.2) for number in range(20)])
            until(victim.running, 20, "the worker judges")
            victim.kill()
            self.assert_accepted(api, tokens)


@needs_redis
class Away(Results):
    def test_worker_judges_while_the_api_is_down(self):
        with Redis() as redis, Api(redis) as api, Worker(redis, api) as worker:
            tokens = submit_all(api, [sleeper(number, 0.2) for number in range(8)])
            api.kill()
            done = 'evalx_jobs_total{event="done"}'
            until(lambda: worker.metrics()[done] == len(tokens), 30, "all jobs are judged")
            api.start()
            self.assert_accepted(api, tokens)

    def test_api_answers_503_without_redis_and_recovers(self):
        with Redis() as redis, Api(redis) as api, Worker(redis, api) as worker:
            before = api.submit(sleeper(0), wait=30).json()
            self.assertEqual(before["verdict"], "accepted")
            redis.kill()
            for server in (api, worker):
                until(lambda server=server: server.get("/readyz").status == 503, 10, "the server is not ready")
                self.assertEqual(server.get("/healthz").status, 200)
            token = before["token"]
            for refused in (api.submit(sleeper(1)), api.get(f"/v1/submissions/{token}"),
                            api.request("DELETE", f"/v1/submissions/{token}")):
                self.assertEqual(refused.status, 503)
                self.assertGreaterEqual(int(refused.headers["retry-after"]), 1)
            redis.start()
            for server in (api, worker):
                until(lambda server=server: server.get("/readyz").status == 200, 30, "the server is ready again")
            self.assertEqual(api.result_of(token), before)
            self.assertEqual(api.submit(sleeper(2), wait=60).json()["verdict"], "accepted")


class Refused(unittest.TestCase):
    def setUp(self):
        self.folder = make_folder()
        self.addCleanup(shutil.rmtree, self.folder)

    def assert_one_line(self, done, code, text):
        self.assertEqual(done.returncode, code, done)
        lines = complaints(done)
        self.assertEqual(len(lines), 1, lines)
        self.assertIn(text, lines[0])

    def test_refuses_a_queue_that_cannot_be_shared(self):
        for role in ("api", "worker"):
            with self.subTest(role):
                self.assert_one_line(run_evalx(role, "--listen", "127.0.0.1:0"), 2, "--queue redis://")

    def test_refuses_an_unreachable_redis(self):
        queue = f"redis://127.0.0.1:{free_port()}/0"
        self.assert_one_line(run_evalx("api", "--listen", "127.0.0.1:0", "--queue", queue), 1, queue)

    def test_refuses_a_flag_of_another_role(self):
        for role, flag in (("api", "--sandbox=native"), ("worker", "--http-threads=2")):
            with self.subTest(role):
                done = run_evalx(role, flag)
                self.assertEqual(done.returncode, 2, done)
                self.assertIn(flag.split("=")[0], done.stderr)

    @needs_redis
    def test_one_config_file_may_serve_all_roles(self):
        with Redis() as redis:
            path = os.path.join(self.folder, "evalx.toml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(f'queue = "{redis.url}"\nsandbox = "native"\nhttp_threads = 2\ndata_dir = "/nowhere"\n')
            with Api(redis, "--config", path) as api, Worker(redis, api, "--config", path):
                self.assertEqual(api.submit(sleeper(1), wait=30).json()["verdict"], "accepted")

    @needs_redis
    def test_refuses_the_data_directory_of_another_worker(self):
        with Redis() as redis, Api(redis) as api, Worker(redis, api) as worker:
            done = run_evalx("worker", "--listen", "127.0.0.1:0", "--queue", redis.url, "--data-dir", worker.data)
            self.assert_one_line(done, 1, worker.data + "/artifacts is in use by another evalx")


if __name__ == "__main__":
    main()
