"""R29: two servers on one data folder; two servers that take over the jobs of a third."""

import subprocess

import corpus
from evalx_server import clean_environment, free_port, until
from live import FAILPOINTS_BINARY, HEAL_SECONDS
from points import REDIS, SQLITE
from scenarios import scenario

REFUSAL_SECONDS = 20
REACH_SECONDS = 60


@scenario("R29", SQLITE)
def one_folder(run, _):
    """A second server on the folder refuses to start and names the first one's pid; the first one is not affected."""
    server = run.start()
    clients = run.begin_clients(4)
    clients.submit(corpus.mixed(number) for number in range(20))
    second = subprocess.run([FAILPOINTS_BINARY, "serve", "--listen", f"127.0.0.1:{free_port()}", "--data-dir", server.data],
                            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=REFUSAL_SECONDS, check=False,
                            env=clean_environment())
    if second.returncode != 1 or f"pid {server.process.pid}" not in second.stderr:
        run.row.fault(f"the second server: {second.returncode} {second.stderr[-500:]}")
    run.finish()


@scenario("R29", REDIS)
def two_reapers(run, _):
    """Both survivors find the leases of the dead server: each job is charged one death and published once."""
    victim, *_ = [run.start() for _ in range(3)]
    clients = run.begin_clients(12)
    clients.submit(corpus.sleeper(1500) for _ in range(24))
    until(lambda: victim.passings.has("worker.after_claim"), REACH_SECONDS, "the victim holds a job")
    run.kill(victim)
    held = {job for _, _, name, job, _, _ in victim.passings.all() if name == "worker.after_claim"}
    held -= {job for _, _, name, job, _, _ in victim.passings.all() if name == "worker.after_complete"}
    until(lambda: held <= set(clients.results), HEAL_SECONDS[REDIS] + REACH_SECONDS, "the victim's jobs are done")
    run.finish()
    if run.row.attempts_max > 2:
        run.row.fault(f"a job had {run.row.attempts_max} attempts: one death was charged twice")
    run.row.note(f"{len(held)} jobs taken over")
