"""`evalx api` and `evalx worker` as servers for tests, connected by a Redis."""

from evalx_server import Server

AT_ONCE_SECONDS = 10  # The longest time in which a server without a grace may end; the default grace is 30 s.


class Api(Server):
    """A running `evalx api`."""

    role = "api"
    has_data = False

    def __init__(self, redis, *arguments):
        super().__init__("--queue", redis.url, *arguments)


class Worker(Server):
    """A running `evalx worker`. Its answers keep the API's contract, though it does not serve the document."""

    role = "worker"

    def __init__(self, redis, api, *arguments, folder=None):
        super().__init__("--queue", redis.url, "--max-concurrent-sandboxes", "2", *arguments, folder=folder,
                         contract=api.contract)

    def running(self):
        return self.metrics()["evalx_sandboxes_in_use"]

    def why_not_ready(self):
        return self.get("/readyz").json()["reasons"]

    def end_at_once(self, number):
        """Sends a second signal; returns the exit code."""
        self.process.send_signal(number)
        return self.process.wait(AT_ONCE_SECONDS)
