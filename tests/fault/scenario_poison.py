"""R9: a job that kills its worker each time, among good jobs."""

import os
import signal
import time

import corpus
from evalx_server import until
from points import REDIS, SQLITE
from scenarios import scenario

REACH_SECONDS = 60
RUN_MS = 2000  # Long enough to write its token into the failpoint's file first.
DEATHS = 3


@scenario("R9", SQLITE, REDIS)
def poison(run, _):
    """The job is given up after two deaths; jobs that ran beside it are not."""
    jobs = 1000 if run.options.long else 60
    rule = "worker.judged:abort:@poison"
    servers = [run.start(rule) for _ in range(2 if run.backend == REDIS else 1)]
    clients = run.begin_clients(8)
    # Submitted first, among few: a job that shared a death runs alone afterwards, which takes time.
    job = corpus.sleeper(RUN_MS)
    clients.submit([corpus.Job(job.document, "internal_error")], "poison")
    token = until(lambda: clients.tokens.get("poison-0"), REACH_SECONDS, "the poison is accepted")
    folders = {server.points for server in servers}
    for folder in folders:
        mark(folder, token)
    clients.submit(corpus.mixed(number) for number in range(jobs))
    restarts = 0
    end = time.monotonic() + run.patience
    while not clients.are_done() and time.monotonic() < end:
        for number, server in enumerate(servers):
            if server.died():
                run.note_death(server)
                if server.process.returncode != -signal.SIGABRT:
                    run.row.fault(f"the server ended with {server.process.returncode}: {server.log()}")
                servers[number] = run.start(rule)
                mark(servers[number].points, token)
                restarts += 1
        time.sleep(0.05)
    run.finish()
    if restarts != DEATHS:
        run.row.fault(f"the job killed {restarts} workers, not {DEATHS}")
    run.row.note(f"dead after {restarts} deaths")


def mark(folder, token):
    with open(os.path.join(folder, "poison"), "w", encoding="ascii") as file:
        file.write(token + "\n")
