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
                yield int(event["id"]), event["event"], json.loads(event["data"])
                event = {}
