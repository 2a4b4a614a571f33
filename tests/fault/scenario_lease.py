"""R8: a worker comes back with its result after its lease has ended."""

import signal
import time

import corpus
from evalx_server import until
from live import HEAL_SECONDS, LEASE_SECONDS
from points import REDIS
from scenarios import scenario

VARIANTS = (("second has finished", False), ("second is running", True))
RUN_MS = 3000
REACH_SECONDS = 60


@scenario("R8", REDIS, variants=VARIANTS)
def complete_late(run, while_running):
    """Attempt 1 is paused just before it publishes its result. It continues while attempt 2 runs, or after attempt 2
    has published. In both cases its result is refused."""
    late = run.start("worker.before_complete:stop")
    clients = run.begin_clients(1)
    clients.submit([corpus.sleeper(RUN_MS) if while_running else corpus.mixed(0)])
    until(lambda: late.fired()[0], REACH_SECONDS, "the first worker has a result")
    token = next(job for _, _, name, job, _, _ in late.passings.all() if name == "worker.before_complete")
    stopped = time.monotonic()
    late.away = True
    other = run.start()
    until(lambda: other.passings.has("worker.after_claim", token), HEAL_SECONDS[REDIS], "the second worker has the job")
    run.row.recovered(time.monotonic() - stopped, 2 * LEASE_SECONDS + 10)
    if not while_running:
        until(lambda: other.passings.has("worker.after_complete", token), REACH_SECONDS, "attempt 2 is published")
    late.away = False
    late.process.send_signal(signal.SIGCONT)
    until(late.is_ready, REACH_SECONDS, "the first worker is ready again")
    lost = 'evalx_leases_lost_total'
    until(lambda: late.metrics()[lost] >= 1, REACH_SECONDS, "the first worker notices that it lost its lease")
    if while_running and other.passings.has("worker.judged", token):
        run.row.fault("attempt 2 ended before attempt 1 came back, so the scenario proved nothing")
    run.finish()
    if late.passings.has("worker.after_complete", token):
        run.row.fault("the late completion was accepted")
    if (attempt := run.clients.results[token]["attempt"]) != 2:
        run.row.fault(f"the result is from attempt {attempt}")
