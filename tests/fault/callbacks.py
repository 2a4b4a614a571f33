"""The callbacks of a scenario: receivers that fail, hang and die, and the check of everything that they got."""

import json
import random
import time

import corpus
from evalx_server import until
from webhook_receiver import CLOSE, HANG, SECRET, Receiver

ENVIRONMENT = {"EVALX_WEBHOOK_SECRETS": SECRET, "EVALX_ALLOW_PRIVATE_CALLBACKS": "true"}
# A message has eight attempts. A death ends or refuses one attempt of every message that is due at this receiver, and
# no second one, because the wait after the first attempt is longer (usual_wait.cpp).
FAILURES_MAX = 3  # A message fails so often on purpose.
DEATHS_MAX = 3  # Each receiver dies so often.
DEAD_SECONDS = (0.02, 0.15)
ALIVE_SECONDS = (0.2, 1.0)
FAILS, BUSY = 500, (429, {"Retry-After": "1"})
LOOK_SECONDS = 1.0  # A receiver asks a server for the result, which may be dead.


class Callbacks:
    """A context manager. Without `seed` the receivers answer each request with success."""

    def __init__(self, run, receivers=1, seed=None):
        self.run = run
        self.dice = random.Random(seed)
        self.is_calm = seed is None
        self.receivers = [Receiver(self.behave) for _ in range(receivers)]
        self.too_early = []
        self.deaths = dict.fromkeys(self.receivers, 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for receiver in self.receivers:
            receiver.__exit__()

    def calling(self, job, number):
        """The job with a callback to one of the receivers."""
        url = self.receivers[number % len(self.receivers)].url(f"/done/{number}?key=hidden")
        return corpus.Job({**job.document, "callback_url": url}, job.verdict)

    def behave(self, received):
        """No result is sent before GET shows it."""
        answer = self.run.clients.ask("GET", f"/v1/submissions/{received.token}", LOOK_SECONDS)
        if answer is not None and (answer.status != 200 or answer.json()["status"] != "finished"):
            self.too_early.append(f"{received.token}: {answer.status} {answer.body[:200]}")
        earlier = sum(one.token == received.token for receiver in self.receivers for one in receiver.seen())
        if self.is_calm or earlier > FAILURES_MAX:
            return 204
        return self.dice.choice((204, 204, FAILS, BUSY, CLOSE, HANG))

    def disturb(self, seconds):
        """One receiver after another dies for a moment."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if mortal := [receiver for receiver in self.receivers if self.deaths[receiver] < DEATHS_MAX]:
                receiver = self.dice.choice(mortal)
                self.deaths[receiver] += 1
                receiver.die()
                time.sleep(self.dice.uniform(*DEAD_SECONDS))
                receiver.revive()
            time.sleep(self.dice.uniform(*ALIVE_SECONDS))

    def calm(self):
        """From now on every request is answered; those that hang end without an answer."""
        self.is_calm = True
        for receiver in self.receivers:
            receiver.released.set()

    def delivered(self):
        return set().union(*(receiver.delivered() for receiver in self.receivers))

    def finish(self, seconds):
        """Waits until every job is judged and delivered, then run.finish(), then the checks."""
        run = self.run
        run.row.faults += run.clients.join()
        tokens = set(run.clients.tokens.values())
        try:
            until(lambda: tokens <= self.delivered(), seconds, "every job is delivered")
        except AssertionError:
            run.row.fault(f"{len(tokens - self.delivered())} jobs are not delivered: {sorted(tokens - self.delivered())[:3]}")
        shown = {token: run.clients.ask("GET", f"/v1/submissions/{token}", run.patience).body for token in tokens}
        run.finish()
        requests = [one for receiver in self.receivers for one in receiver.seen()]
        self.judge(requests, shown)
        run.row.note(f"{len(requests)} requests for {len(tokens)} callbacks, {sum(self.deaths.values())} deaths of receivers")

    def judge(self, requests, shown):
        fault = self.run.row.fault
        for one in requests:
            if one.token not in shown:
                fault(f"a callback for an unknown job: {one.id}")
            elif one.id != one.token:
                fault(f"a second round that nobody asked for: {one.id}")
            elif one.body != shown[one.token]:
                fault(f"{one.token}: delivered {one.body[:200]}, GET shows {shown[one.token][:200]}")
            elif json.loads(one.body)["status"] != "finished":
                fault(f"{one.token} was delivered, but has not ended")
        for text in self.too_early + [wrong for receiver in self.receivers for wrong in receiver.wrong]:
            fault(text)
