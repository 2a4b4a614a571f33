#include "queue/sqlite/schema.hpp"

namespace evalx::queue::sqlite {

// Specs and results have tables of their own: an update of a job must not rewrite its blobs.
const char* const kSchema = R"sql(
  CREATE TABLE owner (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    epoch INTEGER NOT NULL,                  -- bumped at each start
    clean INTEGER NOT NULL                   -- 1 after a shutdown that gave all leases back
  );
  INSERT INTO owner VALUES (1, 0, 1);
  CREATE TABLE job (
    id INTEGER PRIMARY KEY,                  -- grows with acceptance
    token TEXT NOT NULL UNIQUE,
    state INTEGER NOT NULL,                  -- queue::State
    attempt INTEGER NOT NULL,
    deaths INTEGER NOT NULL,
    lease INTEGER NOT NULL,                  -- random; meaningful while leased
    accepted_at_us INTEGER NOT NULL,         -- since the epoch of the system clock
    finished_at_us INTEGER
  );
  CREATE INDEX job_open ON job (id) WHERE finished_at_us IS NULL;
  CREATE INDEX job_finished ON job (finished_at_us) WHERE finished_at_us IS NOT NULL;
  CREATE TABLE spec (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
  CREATE TABLE result (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
  CREATE TABLE idempotency (
    key TEXT PRIMARY KEY,
    body_digest TEXT NOT NULL,
    token TEXT NOT NULL,
    expires_at_us INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX idempotency_expiry ON idempotency (expires_at_us);
)sql";

// Tables that an older evalx neither reads nor changes, so that it can still open the store. It
// deletes jobs without their rows in these tables, and SQLite may reuse the ids: failures and
// checkpoints are stored by token.
const char* const kAdditions = R"sql(
  CREATE TABLE IF NOT EXISTS failure (
    token TEXT NOT NULL,
    at_us INTEGER NOT NULL,                  -- since the epoch of the system clock
    kind TEXT NOT NULL,                      -- queue::to_string(Failure::Kind)
    attempt INTEGER NOT NULL,
    worker TEXT NOT NULL,
    cause TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS failure_of_job ON failure (token);
  CREATE TABLE IF NOT EXISTS checkpoint (
    token TEXT NOT NULL,
    body BLOB NOT NULL
  );
  CREATE INDEX IF NOT EXISTS checkpoint_of_job ON checkpoint (token);
  CREATE INDEX IF NOT EXISTS job_dead ON job (id) WHERE state = 4;
  DELETE FROM failure WHERE token NOT IN (SELECT token FROM job);
  DELETE FROM checkpoint WHERE token NOT IN (SELECT token FROM job WHERE finished_at_us IS NULL);
  CREATE TABLE IF NOT EXISTS expiry (
    id INTEGER PRIMARY KEY,                  -- the job's
    token TEXT NOT NULL,                     -- the job's
    at_us INTEGER NOT NULL,                  -- since the epoch of the system clock
    is_over INTEGER NOT NULL                 -- 1: it ended the job, which is stored as cancelled
  );
  CREATE TABLE IF NOT EXISTS digest (
    token TEXT PRIMARY KEY,                  -- the job's
    spec TEXT NOT NULL,                      -- empty: an older evalx accepted the job
    result TEXT,
    finished_at_us INTEGER                   -- with this end of the job
  ) WITHOUT ROWID;
  DELETE FROM digest WHERE token NOT IN (SELECT token FROM job);
  CREATE TABLE IF NOT EXISTS tally (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    accepted INTEGER NOT NULL                -- jobs, also deleted ones; compared with the file `accepted`
  );
  INSERT OR IGNORE INTO tally VALUES (1, 0);
  CREATE TABLE IF NOT EXISTS kept (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    bytes INTEGER NOT NULL,                  -- of all finished jobs: queue::kept_bytes
    epoch INTEGER NOT NULL                   -- the owner that counted last: an older evalx does not
  );
  INSERT OR IGNORE INTO kept VALUES (1, 0, 0);
  CREATE TABLE IF NOT EXISTS evicted (
    token TEXT PRIMARY KEY,                  -- of a job that was deleted early
    until_us INTEGER NOT NULL                -- when its retention would have ended
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS idempotency_token ON idempotency (token);
  CREATE INDEX IF NOT EXISTS evicted_until ON evicted (until_us);
  CREATE INDEX IF NOT EXISTS expiry_over ON expiry (id) WHERE is_over = 1;
  CREATE TABLE IF NOT EXISTS told_to_end (epoch INTEGER PRIMARY KEY);  -- owners whose death is no job's
  DELETE FROM expiry WHERE NOT EXISTS
    (SELECT 1 FROM job WHERE job.id = expiry.id AND job.token = expiry.token);
  CREATE TABLE IF NOT EXISTS callback (
    token TEXT PRIMARY KEY,                  -- the job's
    lane TEXT NOT NULL,
    target BLOB NOT NULL,
    state INTEGER NOT NULL,                  -- queue::CallbackState
    round INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    lost INTEGER NOT NULL,
    lease INTEGER NOT NULL,
    since_us INTEGER,                        -- when its job ended
    due_us INTEGER,                          -- while it waits
    ended_us INTEGER,                        -- when it was delivered or given up
    words TEXT NOT NULL                      -- how its last attempt ended
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS callback_waiting ON callback (since_us, token) WHERE state BETWEEN 1 AND 2;
  CREATE INDEX IF NOT EXISTS callback_dead ON callback (ended_us, token) WHERE state = 4;
  DELETE FROM callback WHERE token NOT IN (SELECT token FROM job);
  -- An older evalx ends and redrives jobs without their callbacks.
  UPDATE callback SET state = 0, lease = 0, since_us = NULL, due_us = NULL, ended_us = NULL
    WHERE state != 0 AND token IN (SELECT token FROM job WHERE finished_at_us IS NULL);
  UPDATE callback SET (state, round, attempt, lost, since_us, due_us) =
    (SELECT 1, round + 1, 0, 0, finished_at_us, finished_at_us FROM job WHERE job.token = callback.token)
    WHERE state = 0 AND token IN (SELECT token FROM job WHERE finished_at_us IS NOT NULL);
)sql";

}  // namespace evalx::queue::sqlite
