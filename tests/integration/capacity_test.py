"""Finished submissions beyond `result_capacity_mb` are deleted, the oldest first, and their tokens answer 410."""

import base64
import sqlite3
import unittest

from event_stream import EventStream
from evalx_server import Server, main, run_evalx, until
from redis_server import Redis, needs_redis

CAPACITY_MB = 16  # The least. Two of the results below have room.
SIZE = 7 * 2 ** 20
LOUD = {"language": "python", "source": f"print('x y' * {SIZE // 3}, end='')\n", "tests": [{}],
        "limits": {"output_kb": SIZE // 1024}}


class Capacity(unittest.TestCase):
    def judged(self, server, key):
        token = server.submit(LOUD, headers={"Idempotency-Key": key}).json()["token"]
        self.assertEqual(server.result_of(token)["verdict"], "accepted")
        return token

    def expect_oldest_gone(self, server, *where):
        tokens = [self.judged(server, f"key-{i}") for i in range(3)]
        until(lambda: server.metrics()["evalx_queue_results_evicted_total"] >= 1, 10, "the oldest is deleted")
        for token in tokens[:1]:
            for path in ("", "?wait=1", "/events"):
                answer = server.get(f"/v1/submissions/{token}{path}")
                self.assertEqual((answer.status, answer.json()["code"]), (410, "result_evicted"), path)
                self.assertIn("result_capacity_mb", answer.json()["detail"])
            self.assertEqual(server.request("DELETE", f"/v1/submissions/{token}").status, 410)
        self.assertEqual(server.result_of(tokens[2])["tests"][0]["stdout_bytes"], SIZE // 3 * 3)
        stored = server.metrics()["evalx_queue_result_bytes"]
        self.assertTrue(2 * (SIZE - 3) < stored <= CAPACITY_MB * 2 ** 20, stored)
        self.assertEqual(server.metrics()["evalx_queue_result_capacity_bytes"], CAPACITY_MB * 2 ** 20)

        shown = run_evalx("jobs", "show", tokens[0], *where)
        self.assertEqual(shown.returncode, 1)
        self.assertIn("deleted early", shown.stderr)

        again = server.submit(LOUD, headers={"Idempotency-Key": "key-0"}).json()["token"]
        self.assertNotEqual(again, tokens[0])
        with EventStream(server, again) as stream:
            self.assertEqual([kind for _, kind, _ in stream][-1], "finished")

        erased = f"/v1/submissions/{tokens[0]}"
        self.assertEqual(server.request("DELETE", erased + "?erase=true").status, 204)
        self.assertEqual(server.get(erased).status, 404)

    def test_oldest_results_are_gone(self):
        with Server("--result-capacity-mb", str(CAPACITY_MB)) as server:
            self.expect_oldest_gone(server, "--data-dir", server.data)

    def test_outputs_are_stored_as_their_bytes(self):
        size = 2 ** 20
        source = f"import os, sys\nsys.stdout.write(chr(0) * {size})\nsys.stderr.buffer.write(b'\\xff' * {size})\n"
        with Server() as server:
            answer = server.submit({"language": "python", "source": source, "tests": [{}]}, wait=60)
            test = answer.json()["tests"][0]
            self.assertEqual(test["stdout"], chr(0) * size)
            self.assertEqual(test["stderr_base64"], base64.b64encode(b"\xff" * size).decode())
            self.assertGreater(len(answer.body), 7 * size)
            store = sqlite3.connect(f"file:{server.data}/queue/queue.db?mode=ro", uri=True)
            stored = store.execute("SELECT length(body) FROM result").fetchone()[0]
            store.close()
            self.assertLess(stored, 2 * size + 2000)
            self.assertEqual(server.result_of(answer.json()["token"]), answer.json())

    @needs_redis
    def test_oldest_results_are_gone_from_redis(self):
        with Redis() as redis, Server("--queue", redis.url, "--result-capacity-mb", str(CAPACITY_MB)) as server:
            self.expect_oldest_gone(server, "--queue", redis.url)


if __name__ == "__main__":
    main()
