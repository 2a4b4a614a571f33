"""R10: the sandbox fails now and then, through no fault of the program."""

import corpus
from points import REDIS, SQLITE
from scenarios import scenario

SHARE_PERCENT = 30
CLIENTS = 2  # As many as a worker has sandboxes, so the working one always has room for a job that failed on the other.


@scenario("R10", SQLITE, REDIS)
def helper_fails(run, _):
    """A share of all runs fails to start: their jobs are retried."""
    jobs = 1000 if run.options.long else 60
    run.start(f"helper.before_exec:eagain:{SHARE_PERCENT}%")
    clients = run.begin_clients(8)
    clients.submit(corpus.mixed(number) for number in range(jobs))
    # A job is given up as internal_error after three faults: this happens to 2.7 % (0.3³) of the jobs with one run. All
    # other jobs keep their verdict.
    run.row.given_up_max = jobs // 10
    run.finish()
    [failed] = run.servers[0].fired()
    if failed < jobs * SHARE_PERCENT / 200:
        run.row.fault(f"only {failed} runs failed")
    if run.row.attempts_max < 2:
        run.row.fault("no job was retried")
    run.row.note(f"{failed} runs failed")


@scenario("R10", REDIS, variants=(("one of two workers", None),))
def one_worker_fails(run, _):
    """Every job of one worker fails: after a few it takes no more. The other worker gets those next, charged or not."""
    jobs = 200 if run.options.long else 40
    broken = run.start("helper.before_exec:eagain:100%")
    sound = run.start()
    clients = run.begin_clients(CLIENTS)
    clients.submit(corpus.mixed(number) for number in range(jobs))
    run.finish()
    met = [passing[3] for passing in broken.passings.all() if passing[2] == "worker.after_claim"]
    done = {passing[3] for passing in sound.passings.all() if passing[2] == "worker.after_complete"}
    if len(set(met)) < 2:
        run.row.fault(f"the broken worker got only {len(set(met))} jobs")
    if again := len(met) - len(set(met)):
        run.row.fault(f"the broken worker got a job again {again} times")
    if wrong := {token: attempt for token, attempt in run.attempts.items() if attempt > (2 if token in met else 1)}:
        run.row.fault(f"attempts: {wrong}")
    if len(met) > 12:
        run.row.fault(f"the broken worker took {len(met)} jobs")
    if done != set(run.attempts):
        run.row.fault(f"the working one finished {len(done)} jobs")
    run.row.note(f"{len(met)} of {jobs} jobs failed once, then the broken worker took none")
