"""Clients that submit with an idempotency key and retry until they have an answer, so a lost answer loses no submission."""

import concurrent.futures
import contextlib
import http.client
import json
import threading
import time

from event_stream import EventStream, Follower
from history import digest, now_us

PAUSE_SECONDS = 0.05  # Between retries while a server refuses or is down.
WAIT_SECONDS = 2  # Length of one long poll.
FOLLOWED_EACH = 3  # Every third job is followed.
FOLLOWERS = 8


class Clients:
    """`count` parallel clients; each takes one job from submission to result."""

    def __init__(self, run, count):
        self.run = run
        self.pool = concurrent.futures.ThreadPoolExecutor(count)
        self.followers = concurrent.futures.ThreadPoolExecutor(FOLLOWERS)
        self.futures = []
        self.begun = 0
        self.results = {}  # token: the finished document
        self.tokens = {}  # key: token
        self.verdicts = {}  # token: set of the verdicts that the oracle allows
        self.stop = threading.Event()

    def submit(self, jobs, prefix="job"):
        """Starts to submit the jobs and returns at once."""
        for job in jobs:
            key = f"{prefix}-{self.begun}"
            self.begun += 1
            self.futures.append(self.pool.submit(self.one, key, job))

    def ask(self, method, target, patience, body=None, headers=None):
        """Retries at any server until an answer has a status below 500 and is not 429; None after `patience` seconds."""
        end = time.monotonic() + patience
        turn = 0
        while not self.stop.is_set() and time.monotonic() < end:
            servers = self.run.targets()
            turn += 1
            if servers:
                try:
                    answer = servers[turn % len(servers)].exchange(method, target, body, headers)
                    if answer.status < 500 and answer.status != 429:
                        return answer
                except (OSError, http.client.HTTPException):
                    pass
            self.stop.wait(PAUSE_SECONDS)
        return None

    def post(self, key, document):
        """Submits until a 2xx answer returns the token."""
        asked = now_us()
        answer = self.ask("POST", "/v1/submissions", self.run.patience, json.dumps(document).encode(),
                          {"Content-Type": "application/json", "Idempotency-Key": key})
        if answer is None:
            raise AssertionError(f"{key} was not accepted within {self.run.patience} s")
        if answer.status not in (200, 202):
            raise AssertionError(f"{key} was refused: {answer.status} {answer.body[:300]}")
        token = answer.json()["token"]
        self.run.history.add("accepted", job=token, key=key, at=asked)
        return token

    def see(self, token, patience):
        """Waits for the finished document and notes it in the history; None if the job did not end in time."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            answer = self.ask("GET", f"/v1/submissions/{token}?wait={WAIT_SECONDS}", end - time.monotonic())
            if answer is None:
                return None
            if answer.status != 200:
                raise AssertionError(f"{token} was accepted, but a later request got: {answer.status} {answer.body[:300]}")
            document = answer.json()
            if document["status"] == "finished":
                self.run.history.add("seen", job=token, state=state_of(document), result=digest(answer.body))
                return document
        return None

    def one(self, key, job):
        """Submits one job and waits for its result, which it adds to `results`; returns the token."""
        token = self.post(key, job.document)
        self.tokens[key] = token
        self.verdicts[token] = {job.verdict}
        if len(self.tokens) % FOLLOWED_EACH == 1:
            self.futures.append(self.followers.submit(self.follow, token))
        document = self.see(token, self.run.patience)
        if document is not None:
            self.results[token] = document
        return token

    def follow(self, token):
        """Follows the job to its end, over all interruptions and at any server, and adds what comes to the history."""
        end = time.monotonic() + self.run.patience
        turn, client = 0, Follower()
        while client.end is None and not self.stop.is_set() and time.monotonic() < end:
            servers = self.run.targets()
            turn += 1
            if servers:
                with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                    with EventStream(servers[turn % len(servers)], token, client.last) as stream:
                        self.receive(token, stream, client)
            self.stop.wait(PAUSE_SECONDS)
        if client.end is None and self.stop.is_set():
            self.note(token, "left")

    def receive(self, token, stream, client):
        self.note(token, "opened", status=stream.response.status, place=client.last or "")
        if stream.response.status == 204:
            client.end = {}
        if stream.response.status != 200:
            return
        for event in stream:
            client.take([event])
            place, name, data = event
            self.note(token, "streamed", name=name, place=place or "", verdict=data.get("verdict", "") if name == "finished" else "",
                      test=data.get("kept_tests", data.get("index", 0)))

    def note(self, token, kind, **fields):
        """Each job has one follower at most."""
        self.run.history.add(kind, job=token, client="follower", **fields)

    def accepted(self):
        return len(self.tokens)

    def are_done(self):
        return all(future.done() for future in self.futures)

    def join(self):
        """Waits for all clients; returns their faults."""
        faults = []
        for future in self.futures:
            try:
                future.result()
            except AssertionError as error:
                faults.append(str(error))
        self.futures = []
        return faults

    def close(self):
        self.stop.set()
        for pool in (self.pool, self.followers):
            pool.shutdown(cancel_futures=True)


def state_of(document):
    """The state in the history that belongs to the verdict."""
    return {"cancelled": "cancelled", "expired": "expired", "internal_error": "dead"}.get(document["verdict"], "done")
