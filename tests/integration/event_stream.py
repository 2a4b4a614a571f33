"""A client of server-sent events."""

import http.client
import json


class EventStream:
    """Reads a server-sent event stream to its end, or until the context manager closes it."""

    def __init__(self, server, token, last=None):
        self.connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
        headers = {} if last is None else {"Last-Event-ID": str(last)}
        self.connection.request("GET", f"/v1/submissions/{token}/events", headers=headers)
        self.response = self.connection.getresponse()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def __iter__(self):
        event = {}
        for line in iter(self.response.readline, b""):
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name in ("id", "event", "data"):
                event[name] = value
            elif not name and event:
                yield event.get("id"), event["event"], json.loads(event["data"])
                event = {}


class Follower:
    """A client that keeps what it was sent, as docs/http-api.md describes."""

    def __init__(self):
        self.last = None
        self.kinds = []
        self.earlier, self.tests = [], []
        self.end = None  # The data of "finished".

    def take(self, events):
        for number, kind, data in events:
            self.last = number or self.last
            self.kinds.append(kind)
            if kind == "reset":
                self.earlier, self.tests = [], []
            elif kind == "restarted" and self.tests:
                self.earlier, self.tests = self.tests, []
            elif kind == "resumed":
                self.tests = self.earlier[:data["kept_tests"]]
            elif kind == "test":
                self.tests.append(data)
            elif kind == "finished":
                self.end = data
        return self

    def follow(self, server, token):
        """Continues to the end of the stream. Returns the events that came."""
        with EventStream(server, token, self.last) as stream:
            events = list(stream)
        self.take(events)
        return events

    def indexes(self):
        return sorted(test["index"] for test in self.tests)
