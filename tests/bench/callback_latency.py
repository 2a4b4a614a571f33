"""How late callbacks come to 100 receivers, alone and beside one that never answers. Run by hand, as root:

  EVALX_BINARY=build/release/apps/evalx/evalx /usr/bin/python3 -B tests/bench/callback_latency.py [--receivers N] [--rounds N]

A line is one phase: the time from the client's own answer (POST ?wait) to the callback at its receiver, in ms. It is
negative if the callback comes first.
"""

import argparse
import concurrent.futures
import os
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "integration"))
from evalx_server import Server, until  # noqa: E402  (needs the path above)
from webhook_receiver import HANG, SECRET, Receiver  # noqa: E402

TEXT = {"language": "text", "source": "7", "tests": [{"expected_output": "7"}]}
CLIENTS = 16
PER_LANE = 4
DELIVERED_SECONDS = 60


class CallingServer(Server):
    environment = {"EVALX_WEBHOOK_SECRETS": SECRET, "EVALX_ALLOW_PRIVATE_CALLBACKS": "true"}


def submit(server, receiver, wait=None):
    """Returns (token, when the client had its answer)."""
    answer = server.submit({**TEXT, "callback_url": receiver.url()}, wait=wait)
    return answer.json()["token"], time.monotonic()


def latencies(server, receivers, rounds):
    """In ms, one for each callback."""
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        ends = dict(pool.map(lambda number: submit(server, receivers[number % len(receivers)], 30), range(rounds * len(receivers))))

    def arrivals():
        seen = {one.token: one.at for receiver in receivers for one in receiver.seen()}
        return seen if set(ends) <= set(seen) else None

    arrived = until(arrivals, DELIVERED_SECONDS, "all callbacks have come")
    return sorted(1000 * (arrived[token] - ended) for token, ended in ends.items())


def show(name, times):
    cut = statistics.quantiles(times, n=100)
    print(f"{name:32} {len(times):>9} {cut[49]:>8.1f} {cut[94]:>8.1f} {cut[98]:>8.1f} {times[-1]:>8.1f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--receivers", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    receivers = [Receiver() for _ in range(options.receivers)]
    silent = Receiver(lambda received: HANG)
    with CallingServer() as server:
        latencies(server, receivers, 1)  # Not measured: the first connections, and Python's threads.
        print(f"{'':32} {'callbacks':>9} {'p50':>8} {'p95':>8} {'p99':>8} {'max':>8}   ms")
        show("alone", latencies(server, receivers, options.rounds))
        for _ in range(options.receivers):
            submit(server, silent)
        until(lambda: len(silent.seen()) >= PER_LANE, 30, "the receiver hangs")
        show("beside one that never answers", latencies(server, receivers, options.rounds))
        print(f"waiting for it: {server.metrics()['evalx_callbacks_waiting']:.0f}, calls that it got: {len(silent.seen())}")
        silent.behave = lambda received: 410  # The rest is given up: the server ends at once.
        silent.released.set()
    for receiver in (*receivers, silent):
        receiver.die()


if __name__ == "__main__":
    main()
