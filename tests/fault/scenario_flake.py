"""R10: the sandbox fails now and then, for no fault of the program."""

import corpus
from points import REDIS, SQLITE
from scenarios import scenario

SHARE_PERCENT = 30


@scenario("R10", SQLITE, REDIS)
def helper_fails(run, _):
    jobs = 1000 if run.options.long else 60
    run.start(f"helper.before_exec:eagain:{SHARE_PERCENT}%")
    clients = run.begin_clients(8)
    clients.submit(corpus.mixed(number) for number in range(jobs))
    # Three faults in a row give a job up, as ours: 2.7 % of those that run once. None may get a verdict of its own for it.
    run.row.given_up_max = jobs // 10
    run.finish()
    [failed] = run.servers[0].fired()
    if failed < jobs * SHARE_PERCENT / 200:
        run.row.fault(f"only {failed} runs were failed")
    if run.row.attempts_max < 2:
        run.row.fault("no job was tried again")
    run.row.note(f"{failed} runs failed")
