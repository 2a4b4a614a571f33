"""What a scenario is: a function that a table of ids, backends and variants leads to, and the row it fills.

A new one: a file scenario_NAME.py beside this with

    @scenario("R7", REDIS, variants=(("what differs", argument), …))
    def what_happens(run, argument):
        server = run.start("worker.before_complete:kill:3")    # rules as failpoints.cpp has them; none for a plain server
        run.begin_clients(8).submit(corpus.mixed(number) for number in range(50))
        run.wait_for_death(server, 60, "the third completion")
        run.start()
        run.finish()                                           # waits for the clients and judges everything

and its id in CMakeLists.txt. What goes wrong beside that is said with run.row.fault(text). A bad network stands between:

    with Proxy(run.redis.port) as proxy:                       # run.finish() stands in here, too
        run.redis.url = proxy.url
"""

import dataclasses
import time

REGISTERED = []


@dataclasses.dataclass
class Row:
    """What became of one scenario on one backend: a line of the table."""

    id: str
    backend: str
    variant: str
    jobs: int = 0
    kills: int = 0
    lost: int = 0
    twice: int = 0
    given_up: int = 0
    given_up_max: int = 0  # More of them are a fault.
    attempts_max: int = 0
    recovery: float | None = None  # Seconds, of the slowest.
    seconds: float = 0.0
    faults: list = dataclasses.field(default_factory=list)
    notes: list = dataclasses.field(default_factory=list)
    skipped: str = ""  # Why.

    def fault(self, text):
        self.faults.append(text)

    def note(self, text):
        self.notes.append(text)

    def recovered(self, seconds, seconds_max):
        """I11."""
        self.recovery = max(self.recovery or 0.0, seconds)
        if seconds > seconds_max:
            self.fault(f"recovery took {seconds:.2f} s, more than {seconds_max:.2f} s")


@dataclasses.dataclass
class Scenario:
    id: str
    backend: str
    variant: str
    function: object
    argument: object

    def run(self, options):
        from live import Run  # The folders it imports from are known only now.
        row = Row(self.id, self.backend, self.variant)
        began = time.monotonic()
        try:
            with Run(row, self.backend, options) as run:
                try:
                    self.function(run, self.argument)
                except Exception as error:  # pylint: disable=broad-except
                    row.fault(f"{type(error).__name__}: {error}")
        except OSError as error:
            row.fault(f"{type(error).__name__}: {error}")
        row.seconds = time.monotonic() - began
        return row


def not_applicable(ident, why):
    """For the table: what cannot be shown, because there is nothing yet that could fail so."""
    def skip(run, _):
        run.row.skipped = f"not applicable: {why}"
    REGISTERED.append(Scenario(ident, "-", "", skip, None))


def scenario(ident, *backends, variants=(("", None),)):
    """Registers the function for each backend and each (name, argument) of `variants`."""
    def register(function):
        for backend in backends:
            for name, argument in variants:
                REGISTERED.append(Scenario(ident, backend, name, function, argument))
        return function
    return register
