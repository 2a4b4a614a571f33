"""A bad network on request: a TCP proxy between evalx and Redis that knows the names of commands and answers."""

import asyncio
import collections
import hashlib
import os
import socket
import struct
import threading
import time

SCRIPTS = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "src/queue/redis/scripts")
MESSAGE = "message"  # The name of a message that Redis pushes.
PIECE_BYTES = 512  # Size of one write when `bytes_per_second` is set.
FLUSH_SECONDS = 0.05  # Time before a reset, in which written data is sent.
START_SECONDS = 10


def script_names():
    """{digest: name} of all scripts, as evalx sends them."""
    def text(name):
        with open(os.path.join(SCRIPTS, name), "rb") as file:
            return file.read()
    names = sorted(os.listdir(SCRIPTS))
    prelude = b"".join(text(name) for name in names if name.startswith("prelude"))
    return {hashlib.sha1(prelude + text(name)).hexdigest(): name.removesuffix(".lua") for name in names
            if not name.startswith("prelude")}


async def read_unit(reader):
    """Reads one command or answer as parts: the header and members of an array, the header and text of a bulk string."""
    line = await reader.readuntil(b"\r\n")
    size = int(line[1:-2]) if line[:1] in b"*$" else -1
    if size < 0:
        return [line]
    if line[:1] == b"$":
        return [line, await reader.readexactly(size + 2)]
    parts = [line]
    for _ in range(size):
        parts += await read_unit(reader)
    return parts


class Rule:
    """Damages every `every`-th answer of a command, `times` times in total. The actions: `drop` resets the connection
    instead of the answer; `half` resets it in the middle of the answer; `corrupt` changes the first byte."""

    def __init__(self, name, action, every, times):
        self.name = name  # Name of a script or command; empty: all except pushed messages.
        self.action = action
        self.every = every
        self.times = times
        self.passed = 0
        self.fired = 0
        self.then = None  # Called when the rule fires.

    def is_due(self, name):
        if self.fired >= self.times or name == MESSAGE or self.name not in ("", name):
            return False
        self.passed += 1
        if self.passed % self.every != 0:
            return False
        self.fired += 1
        if self.then:
            self.then()
        return True


class Lane:
    """One direction of a link. Writes data in the order in which it was read, after the proxy's latency and speed."""

    def __init__(self, proxy, direction, writer):
        self.proxy = proxy
        self.direction = direction
        self.writer = writer
        self.units = asyncio.Queue()

    def put(self, data):
        self.units.put_nowait((time.monotonic() + self.proxy.latency_seconds, data))

    async def run(self):
        while True:
            due, data = await self.units.get()
            await asyncio.sleep(max(0, due - time.monotonic()))
            while self.direction in self.proxy.held:
                await asyncio.sleep(0.02)
            await self.write(data)
            self.units.task_done()

    async def write(self, data):
        speed = self.proxy.bytes_per_second
        step = PIECE_BYTES if speed else max(len(data), 1)
        for at in range(0, len(data), step):
            self.writer.write(data[at:at + step])
            await self.writer.drain()
            if speed:
                await asyncio.sleep(len(data[at:at + step]) / speed)


class Link:
    """A connection of evalx, and the proxy's connection to Redis for it."""

    def __init__(self, proxy, reader, writer, redis_reader, redis_writer):
        self.proxy = proxy
        self.reader, self.writer = reader, writer
        self.redis_reader, self.redis_writer = redis_reader, redis_writer
        self.requests = Lane(proxy, "requests", redis_writer)
        self.replies = Lane(proxy, "replies", writer)
        self.asked = collections.deque()
        self.is_subscriber = False
        self.mute_until = None

    async def run(self):
        tasks = [asyncio.create_task(step) for step in (self.read_requests(), self.read_replies(),
                                                        self.requests.run(), self.replies.run())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if self.mute_until:
                await asyncio.sleep(self.mute_until - time.monotonic())
        finally:
            for task in tasks:
                task.cancel()
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(ended, Exception) and not isinstance(ended, (OSError, EOFError)):
                    self.proxy.errors.append(repr(ended))
            self.writer.close()
            self.redis_writer.close()

    async def read_requests(self):
        while True:
            parts = await read_unit(self.reader)
            name = self.proxy.name_of(parts)
            self.is_subscriber = self.is_subscriber or name == "SUBSCRIBE"
            self.asked.append(name)
            self.requests.put(b"".join(parts))

    async def read_replies(self):
        while True:
            data = b"".join(await read_unit(self.redis_reader))
            name = MESSAGE if self.is_subscriber or not self.asked else self.asked.popleft()
            self.proxy.answered[name] += 1
            rule = next((rule for rule in self.proxy.rules if rule.is_due(name)), None)
            if rule is None:
                self.replies.put(data)
            elif rule.action == "corrupt":
                self.replies.put(b"\xff" + data[1:])
            else:
                if rule.action == "half":
                    self.replies.put(data[:max(1, len(data) // 2)])  # After all earlier answers.
                    await self.replies.units.join()
                    await asyncio.sleep(FLUSH_SECONDS)
                return self.reset()

    def reset(self):
        """Sends RST to both sides."""
        for writer in (self.writer, self.redis_writer):
            if connection := writer.get_extra_info("socket"):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    def close_slowly(self, seconds):
        """Closes the connection to Redis at once, and the one to evalx `seconds` later."""
        self.mute_until = time.monotonic() + seconds
        self.redis_writer.transport.abort()


class Proxy:
    """Connects `url` to the Redis at `target`, a (host, port). Public members may be set at any time."""

    def __init__(self, target):
        self.target = target
        self.latency_seconds = 0.0  # In each direction.
        self.bytes_per_second = None  # In each direction of each connection; None: unlimited.
        self.held = set()  # Directions ("requests", "replies") that are blocked now.
        self.rules = []
        self.answered = collections.Counter()  # Name of script or command: number of answers.
        self.errors = []  # Errors of the proxy itself.
        self.port = None
        self._is_cut = False
        self._links = set()
        self._scripts = script_names()
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="proxy")

    def __enter__(self):
        self._thread.start()
        if not self._started.wait(START_SECONDS):
            raise AssertionError("the proxy did not start")
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/2"

    def rule(self, name, action, every=1, times=1):
        self.rules.append(Rule(name, action, every, times))
        return self.rules[-1]

    def cut(self):
        """Resets all connections and refuses new ones until mend()."""
        self._is_cut = True
        self._loop.call_soon_threadsafe(self._reset_all)

    def mend(self):
        self._is_cut = False

    def switch(self, target):
        """Resets all connections and uses another Redis from now on."""
        self.target = target
        self._loop.call_soon_threadsafe(self._reset_all)

    def close_slowly(self, seconds):
        self._loop.call_soon_threadsafe(lambda: [link.close_slowly(seconds) for link in self._links])

    def name_of(self, parts):
        words = [part[:-2] for part in parts[2::2]]
        verb = words[0].decode(errors="replace").upper() if words else ""
        if verb not in ("EVAL", "EVALSHA"):
            return verb
        digest = hashlib.sha1(words[1]).hexdigest() if verb == "EVAL" else words[1].decode()
        return self._scripts.get(digest, verb)

    def _reset_all(self):
        for link in self._links:
            link.reset()

    def _run(self):
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(FLUSH_SECONDS))
        self._loop.close()

    async def _serve(self, reader, writer):
        try:
            if self._is_cut:
                raise ConnectionRefusedError
            redis_reader, redis_writer = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        link = Link(self, reader, writer, redis_reader, redis_writer)
        self._links.add(link)
        try:
            await link.run()
        except asyncio.CancelledError:
            pass
        finally:
            self._links.discard(link)
