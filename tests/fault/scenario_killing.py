"""R2: workers are killed at random under load, compared with a quiet run of the same size."""

import random
import statistics
import time

import corpus
from points import REDIS
from scenarios import scenario

JOBS, JOBS_LONG = 300, 20_000  # In each of the two runs.
WORKERS = 4
CLIENTS = 64  # Each waits for its job; some wait until the lease of a dead worker ends.
LIFE_SECONDS, LIFE_SECONDS_LONG = (0.2, 1.0), (0.2, 3.0)
KILLED_UNTIL = 0.9  # Kills end when this share of the jobs is judged; the rest waits for leases.
SHARE_MIN = 0.5  # A share of the quiet run's throughput, in --long only: in a short run most of the time is one lease.


@scenario("R2", REDIS)
def kill_random_workers(run, _):
    jobs = run.options.jobs or (JOBS_LONG if run.options.long else JOBS)
    run.start(role="api")
    workers = [run.start(role="worker") for _ in range(WORKERS)]
    clients = run.begin_clients(CLIENTS)
    quiet = jobs / judge_all(run, jobs, "quiet", lambda: None)
    dice = random.Random(run.options.seed)
    judged_before = len(clients.results)

    life = LIFE_SECONDS_LONG if run.options.long else LIFE_SECONDS
    next_kill = [time.monotonic() + dice.uniform(*life)]

    def kill_one():
        if time.monotonic() < next_kill[0]:
            return
        next_kill[0] += dice.uniform(*life)
        if len(clients.results) < judged_before + KILLED_UNTIL * jobs:
            number = dice.randrange(WORKERS)
            run.kill(workers[number])
            workers[number] = run.start(role="worker")

    killed = jobs / judge_all(run, jobs, "killed", kill_one)
    if not run.row.kills:
        run.row.fault("no worker was killed: too few jobs")
    # A job that two workers held when they died is given up, even though the job did not cause these kills. After the
    # first death the job runs alone on its worker.
    run.row.given_up_max = run.row.kills
    run.finish()
    again = run.leased_again()
    share = killed / quiet
    if jobs >= JOBS_LONG and share < SHARE_MIN:
        run.row.fault(f"throughput fell to {share:.0%} of the quiet run")
    run.row.note(f"{quiet:.0f}/s quiet, {killed:.0f}/s with kills: {share:.0%}")
    if again:
        run.row.note(f"{len(again)} taken over, median {statistics.median(again):.1f} s, maximum {max(again):.1f} s")


def judge_all(run, jobs, prefix, meanwhile):
    """Seconds from the first submission until all jobs are judged; calls `meanwhile` again and again."""
    began = time.monotonic()
    run.clients.submit((corpus.mixed(number) for number in range(jobs)), prefix)
    while not run.clients.are_done():
        meanwhile()
        time.sleep(0.01)
    run.row.faults += run.clients.join()
    return time.monotonic() - began
