"""A scenario is a function that is registered with an id, backends and variants, and fills a row of the table.

To add one, write a file scenario_NAME.py beside this with

    @scenario("R7", REDIS, variants=(("name of the variant", argument), …))
    def name_of_the_fault(run, argument):
        server = run.start("worker.before_complete:kill:3")    # rules as in failpoints.cpp; none for a plain server
        run.begin_clients(8).submit(corpus.mixed(number) for number in range(50))
        run.wait_for_death(server, 60, "the third completion")
        run.start()
        run.finish()                                           # waits for the clients and checks everything

and add its id to CMakeLists.txt. The function reports faults of its own with run.row.fault(text). With a bad network:

    with Proxy(run.redis.port) as proxy:                       # call run.finish() inside as well
        run.redis.url = proxy.url
"""

import dataclasses
import time

REGISTERED = []


@dataclasses.dataclass
class Row:
    """The outcome of one scenario on one backend: a line of the table."""

    id: str
    backend: str
    variant: str
    jobs: int = 0
    kills: int = 0
    lost: int = 0
    twice: int = 0
    given_up: int = 0
    given_up_max: int = 0  # More given-up jobs are a fault.
    attempts_max: int = 0
    recovery: float | None = None  # Seconds of the slowest recovery.
    seconds: float = 0.0
    faults: list = dataclasses.field(default_factory=list)
    notes: list = dataclasses.field(default_factory=list)
    skipped: str = ""  # The reason; empty if it ran.

    def fault(self, text):
        self.faults.append(text)

    def note(self, text):
        self.notes.append(text)

    def limit_attempts(self, most):
        if self.attempts_max > most:
            self.fault(f"a job had {self.attempts_max} attempts, more than {most}")

    def recovered(self, seconds, seconds_max):
        """I11: a recovery takes at most `seconds_max`."""
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
        from live import Run  # Imported late: the driver sets sys.path and the environment first.
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


def scenario(ident, *backends, variants=(("", None),)):
    """Registers the function for each backend and each (name, argument) of `variants`."""
    def register(function):
        for backend in backends:
            for name, argument in variants:
                REGISTERED.append(Scenario(ident, backend, name, function, argument))
        return function
    return register
