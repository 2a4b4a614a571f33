"""The failpoints: their names, their backends, and how R1 makes a server reach each."""

import collections

SQLITE, REDIS = "sqlite", "redis"

# dies: which process the failpoint kills, and when.
#   "server"    the server, while clients submit
#   "batch"     the server, while it runs a submission with many tests
#   "start"     the server, while it creates a new store
#   "restart"   the server, while it recovers from a crash
#   "drain"     the server, after SIGTERM
#   "callback"  the server, while it calls back
#   "launcher"  the sandbox's launcher; the server aborts because of it
#   "helper"    a process of one run in the sandbox; the server continues
# nth: R1 kills when the point is passed for the nth time. 0 means half the number of R1's jobs.
Point = collections.namedtuple("Point", "name backends dies nth")

BOTH = (SQLITE, REDIS)
POINTS = (
    Point("api.before_accept", BOTH, "server", 0),
    Point("api.after_commit_before_reply", BOTH, "server", 0),
    Point("artifact.before_fsync", BOTH, "server", 1),
    Point("artifact.after_rename", BOTH, "server", 1),
    Point("store.mid_group_commit", (SQLITE,), "server", 0),
    Point("store.mid_change", (REDIS,), "server", 0),
    Point("store.after_commit_before_notify", BOTH, "server", 0),
    Point("store.after_settle_before_notify", (REDIS,), "server", 0),
    Point("worker.after_claim", BOTH, "server", 0),
    Point("worker.before_compile", BOTH, "server", 0),
    Point("worker.after_compile", BOTH, "server", 0),
    Point("worker.mid_tests", BOTH, "server", 0),
    Point("worker.before_checkpoint", BOTH, "batch", 2),
    Point("worker.after_checkpoint", BOTH, "batch", 2),
    Point("worker.before_cleanup", BOTH, "server", 0),
    Point("worker.judged", BOTH, "server", 0),
    Point("worker.before_complete", BOTH, "server", 0),
    Point("worker.after_complete", BOTH, "server", 0),
    Point("worker.before_release", BOTH, "drain", 1),
    Point("worker.renewed", (REDIS,), "server", 2),
    Point("helper.after_clone", BOTH, "launcher", 1),
    Point("helper.before_exec", BOTH, "helper", 0),
    Point("helper.before_answer", BOTH, "helper", 0),
    Point("reaper.mid", BOTH, "restart", 1),
    Point("reconciler.mid", (REDIS,), "server", 2),
    Point("drain.after_stop", BOTH, "drain", 1),
    Point("callback.after_lease", (SQLITE,), "callback", 2),
    Point("callback.before_send", BOTH, "callback", 0),
    Point("callback.after_answer", BOTH, "callback", 0),
    Point("upgrade.mid_migration", (SQLITE,), "start", 1),
)

# Common failpoints of queues that evalX does not have, or has under another name.
NOT_HERE = {
    "api.before_blob_fsync, api.after_blob_rename": "no blobs: compiled programs are artifact.before_fsync and artifact.after_rename",
    "worker.complete_sent_no_reply": "store.after_commit_before_notify, and store.after_settle_before_notify with Redis",
    "outbox.before_send, outbox.after_2xx_before_mark": "callback.before_send, callback.after_answer",
}
