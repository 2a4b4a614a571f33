"""R30: the worker of a big batch is killed after most of its tests; the next worker resumes at the checkpoint."""

import json

import corpus
from load import slowdown
from points import REDIS, SQLITE
from scenarios import scenario

TESTS, TESTS_LONG = 2000, 10_000  # 10,000 is the maximum for one submission.
KILLED_AT = 0.6
WRONG_EACH = 400  # Every 400th test is wrong, so that all parts of the result differ.
SAVED_EACH = 100
# One hundred tests may be on the way to the store while the worker collects the next hundred.
WINDOW = 2 * SAVED_EACH
REACH_SECONDS = 120


@scenario("R30", SQLITE, REDIS)
def kill_in_a_batch(run, _):
    tests = TESTS_LONG if run.options.long else TESTS
    killed_at = int(tests * KILLED_AT)
    first = run.start(f"worker.mid_tests:kill:{killed_at}")
    clients = run.begin_clients(1)
    clients.submit([corpus.batch(tests, WRONG_EACH)])
    run.wait_for_death(first, REACH_SECONDS, f"test {killed_at}")
    saves = first.passings.count("worker.after_checkpoint")
    second = run.start()
    run.row.faults += clients.join()
    [token] = clients.tokens.values()
    if not run.options.long:  # A stream keeps only a few thousand events.
        judge_events(run, second, token, tests)
    run.finish()
    judge_result(run, clients.results[token], tests)

    ran = run.servers[-1].passings.count("worker.mid_tests")
    if second.points == first.points:
        ran -= killed_at
    kept, twice = tests - ran, killed_at - (tests - ran)
    window = WINDOW * slowdown()
    if not 0 <= twice <= window:
        run.row.fault(f"{twice} tests were run twice, more than {window:.0f}; {saves} saves")
    if kept == 0 or saves == 0:
        run.row.fault("no test was kept, so the scenario proved nothing")
    run.row.note(f"{kept} of {tests} tests kept, {twice} run twice")


def judge_result(run, document, tests):
    """The result has all tests, in order, each with its own output."""
    if document["attempt"] != 2 or len(document["tests"]) != tests:
        run.row.fault(f"a result of attempt {document['attempt']} with {len(document['tests'])} tests")
    for index, test in enumerate(document["tests"]):
        expected = (index, "wrong_answer" if index % WRONG_EACH == 0 else "accepted", f"{index}\n")
        if (found := (test["index"], test["verdict"], test["stdout"])) != expected:
            run.row.fault(f"test {index} is {found}")
            return


def judge_events(run, server, token, tests):
    """A client that reads the events afterwards, as docs/http-api.md describes, gets each test once."""
    body = server.request("GET", f"/v1/submissions/{token}/events").body.decode()
    before, known, kinds = [], [], []
    for block in filter(None, body.split("\n\n")):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" not in fields:
            continue
        kinds.append(fields["event"])
        data = json.loads(fields["data"])
        if kinds[-1] == "reset":
            before, known = [], []
        elif kinds[-1] == "restarted":
            before, known = known or before, []
        elif kinds[-1] == "resumed":
            known = before[:data["kept_tests"]]
        elif kinds[-1] == "test":
            known.append(data["index"])
    if sorted(known) != list(range(tests)):
        run.row.fault(f"a client got {len(known)} tests, {len(set(known))} different ones, of {tests}")
    if "restarted" not in kinds or kinds[-1] != "finished":
        run.row.fault(f"the stream contains {set(kinds)} and ends with {kinds[-1]}")
    if (run.backend == REDIS) != ("resumed" in kinds):
        run.row.fault(f"the stream contains {set(kinds)}")
