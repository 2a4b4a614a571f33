-- {"done": "45da513b-8b08-4a0b-b715-67c877c9980a", "expired": "965291dd-f132-4dd4-92a8-2d36fde825fa", "running": "69306508-1201-4dfb-a233-e913425a9be2", "cancelled": "af8fc625-f154-4c89-b944-9d9343ab3b5a", "waiting": "363062c9-8293-43dd-a3ad-f255c54e472c"}
-- The jobs of a store that evalX 0.1.0 left when it was killed.
BEGIN TRANSACTION;
CREATE TABLE checkpoint (
    token TEXT NOT NULL,
    body BLOB NOT NULL
  );
CREATE TABLE expiry (
    id INTEGER PRIMARY KEY,                  -- the job's
    token TEXT NOT NULL,                     -- the job's
    at_us INTEGER NOT NULL,                  -- since the epoch of the system clock
    is_over INTEGER NOT NULL                 -- 1: it ended the job, which is stored as cancelled
  );
INSERT INTO "expiry" VALUES(3,'bd8dcddf-6d75-4be0-82c9-ee925c671edb',1796090662154965,0);
INSERT INTO "expiry" VALUES(4,'6b3ab18a-3a76-40aa-85e8-7279f61dace0',1796090662161082,1);
INSERT INTO "expiry" VALUES(5,'965291dd-f132-4dd4-92a8-2d36fde825fa',1796090662162393,1);
INSERT INTO "expiry" VALUES(7,'363062c9-8293-43dd-a3ad-f255c54e472c',1796177061866213,0);
CREATE TABLE failure (
    token TEXT NOT NULL,
    at_us INTEGER NOT NULL,                  -- since the epoch of the system clock
    kind TEXT NOT NULL,                      -- queue::to_string(Failure::Kind)
    attempt INTEGER NOT NULL,
    worker TEXT NOT NULL,
    cause TEXT NOT NULL
  );
CREATE TABLE idempotency (
    key TEXT PRIMARY KEY,
    body_digest TEXT NOT NULL,
    token TEXT NOT NULL,
    expires_at_us INTEGER NOT NULL
  ) WITHOUT ROWID;
INSERT INTO "idempotency" VALUES('done','3b0ebdc8912c6fe1cb066bc03ace3a702be41444c800b2eb0c8822d399dde282','45da513b-8b08-4a0b-b715-67c877c9980a',1796177061742065);
INSERT INTO "idempotency" VALUES('running','1d47147eaae22c03ebabc66982fe35b690fc22a12e895bf694a22d2ea026b46c','69306508-1201-4dfb-a233-e913425a9be2',1796177061845634);
INSERT INTO "idempotency" VALUES('waiting','434739a1f5a0f6abebc08e3f0aa225c5317ebcf3956e50e108d9caa6cfce5c6d','363062c9-8293-43dd-a3ad-f255c54e472c',1796177061866213);
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
INSERT INTO "job" VALUES(1,'45da513b-8b08-4a0b-b715-67c877c9980a',2,1,0,0,1796090661742065,1796090661841432);
INSERT INTO "job" VALUES(2,'69306508-1201-4dfb-a233-e913425a9be2',1,1,0,5030554276535453220,1796090661845634,NULL);
INSERT INTO "job" VALUES(3,'bd8dcddf-6d75-4be0-82c9-ee925c671edb',1,1,0,-6878880543529091666,1796090661854965,NULL);
INSERT INTO "job" VALUES(4,'6b3ab18a-3a76-40aa-85e8-7279f61dace0',3,0,0,0,1796090661861082,1796090662161220);
INSERT INTO "job" VALUES(5,'965291dd-f132-4dd4-92a8-2d36fde825fa',3,0,0,0,1796090661862393,1796090662163789);
INSERT INTO "job" VALUES(6,'af8fc625-f154-4c89-b944-9d9343ab3b5a',3,0,0,0,1796090661863608,1796090661864715);
INSERT INTO "job" VALUES(7,'363062c9-8293-43dd-a3ad-f255c54e472c',0,0,0,0,1796090661866213,NULL);
CREATE TABLE owner (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    epoch INTEGER NOT NULL,                  -- bumped at each start
    clean INTEGER NOT NULL                   -- 1 after a shutdown that gave all leases back
  );
INSERT INTO "owner" VALUES(1,1,0);
CREATE TABLE result (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
INSERT INTO "result" VALUES(1,CAST('{"verdict":"wrong_answer","compile":null,"tests":[{"index":0,"verdict":"accepted","cpu_time_ms":19.279,"wall_time_ms":39.121,"memory_kb":3072,"exit_code":0,"signal":null,"stdout":"3\n","stdout_bytes":2,"stdout_truncated":false,"stderr":"","stderr_bytes":0,"stderr_truncated":false,"process_limit_hit":false,"message":""},{"index":1,"verdict":"wrong_answer","cpu_time_ms":17.851,"wall_time_ms":35.33,"memory_kb":3052,"exit_code":0,"signal":null,"stdout":"7\n","stdout_bytes":2,"stdout_truncated":false,"stderr":"","stderr_bytes":0,"stderr_truncated":false,"process_limit_hit":false,"message":"line 1 differs"}],"message":"","timing_ms":{"queue":0.09,"compile":0.04,"run":98.681},"attempt":1}' AS BLOB));
INSERT INTO "result" VALUES(4,CAST('{"verdict":"expired","compile":null,"tests":[],"message":"nobody could begin it in time","timing_ms":{"queue":300.138,"compile":0.0,"run":0.0},"attempt":0}' AS BLOB));
INSERT INTO "result" VALUES(5,CAST('{"verdict":"expired","compile":null,"tests":[],"message":"nobody could begin it in time","timing_ms":{"queue":301.396,"compile":0.0,"run":0.0},"attempt":0}' AS BLOB));
INSERT INTO "result" VALUES(6,CAST('{"verdict":"cancelled","compile":null,"tests":[],"message":"cancelled by the client","timing_ms":{"queue":0.0,"compile":0.0,"run":0.0},"attempt":0}' AS BLOB));
CREATE TABLE spec (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
INSERT INTO "spec" VALUES(1,CAST('{"language":"python","source":"a, b = map(int, input().split())\nprint(a + b)\n","tests":[{"stdin":"1 2\n","expected_output":"3\n"},{"stdin":"3 4\n","expected_output":"8\n"}],"limits":{"cpu_time_ms":2000,"wall_time_ms":6000,"memory_kb":262144,"output_kb":1024,"file_size_kb":65536,"processes":64,"open_files":256},"compare":{"mode":"trailing_whitespace","absolute":1e-06,"relative":1e-06},"policy":"all","compiler_options":[]}' AS BLOB));
INSERT INTO "spec" VALUES(2,CAST('{"language":"python","source":"import time\ntime.sleep(1)\nprint(input())\n","tests":[{"stdin":"0\n","expected_output":"0\n"},{"stdin":"1\n","expected_output":"1\n"},{"stdin":"2\n","expected_output":"2\n"},{"stdin":"3\n","expected_output":"3\n"},{"stdin":"4\n","expected_output":"4\n"},{"stdin":"5\n","expected_output":"5\n"}],"limits":{"cpu_time_ms":2000,"wall_time_ms":6000,"memory_kb":262144,"output_kb":1024,"file_size_kb":65536,"processes":64,"open_files":256},"compare":{"mode":"trailing_whitespace","absolute":1e-06,"relative":1e-06},"policy":"all","compiler_options":[]}' AS BLOB));
INSERT INTO "spec" VALUES(3,CAST('{"language":"python","source":"import time\ntime.sleep(1)\nprint(input())\n","tests":[{"stdin":"0\n","expected_output":"0\n"},{"stdin":"1\n","expected_output":"1\n"},{"stdin":"2\n","expected_output":"2\n"},{"stdin":"3\n","expected_output":"3\n"},{"stdin":"4\n","expected_output":"4\n"},{"stdin":"5\n","expected_output":"5\n"}],"limits":{"cpu_time_ms":2000,"wall_time_ms":6000,"memory_kb":262144,"output_kb":1024,"file_size_kb":65536,"processes":64,"open_files":256},"compare":{"mode":"trailing_whitespace","absolute":1e-06,"relative":1e-06},"policy":"all","compiler_options":[]}' AS BLOB));
INSERT INTO "spec" VALUES(4,CAST('{"language":"python","source":"import time\ntime.sleep(1)\nprint(input())\n","tests":[{"stdin":"0\n","expected_output":"0\n"},{"stdin":"1\n","expected_output":"1\n"},{"stdin":"2\n","expected_output":"2\n"},{"stdin":"3\n","expected_output":"3\n"},{"stdin":"4\n","expected_output":"4\n"},{"stdin":"5\n","expected_output":"5\n"}],"limits":{"cpu_time_ms":2000,"wall_time_ms":6000,"memory_kb":262144,"output_kb":1024,"file_size_kb":65536,"processes":64,"open_files":256},"compare":{"mode":"trailing_whitespace","absolute":1e-06,"relative":1e-06},"policy":"all","compiler_options":[]}' AS BLOB));
INSERT INTO "spec" VALUES(5,CAST('{"language":"python","source":"import time\ntime.sleep(1)\nprint(input())\n","tests":[{"stdin":"0\n","expected_output":"0\n"},{"stdin":"1\n","expected_output":"1\n"},{"stdin":"2\n","expected_output":"2\n"},{"stdin":"3\n","expected_output":"3\n"},{"stdin":"4\n","expected_output":"4\n"},{"stdin":"5\n","expected_output":"5\n"}],"limits":{"cpu_time_ms":2000,"wall_time_ms":6000,"memory_kb":262144,"output_kb":1024,"file_size_kb":65536,"processes":64,"open_files":256},"compare":{"mode":"trailing_whitespace","absolute":1e-06,"relative":1e-06},"policy":"all","compiler_options":[]}' AS BLOB));
INSERT INTO "spec" VALUES(6,CAST('{"language":"python","source":"a, b = map(int, input().split())\nprint(a + b)\n","tests":[{"stdin":"1 2\n","expected_output":"3\n"},{"stdin":"3 4\n","expected_output":"8\n"}],"limits":{"cpu_time_ms":2000,"wall_time_ms":6000,"memory_kb":262144,"output_kb":1024,"file_size_kb":65536,"processes":64,"open_files":256},"compare":{"mode":"trailing_whitespace","absolute":1e-06,"relative":1e-06},"policy":"all","compiler_options":[]}' AS BLOB));
INSERT INTO "spec" VALUES(7,CAST('{"language":"python","source":"a, b = map(int, input().split())\nprint(a + b)\n","tests":[{"stdin":"1 2\n","expected_output":"3\n"},{"stdin":"3 4\n","expected_output":"8\n"}],"limits":{"cpu_time_ms":2000,"wall_time_ms":6000,"memory_kb":262144,"output_kb":1024,"file_size_kb":65536,"processes":64,"open_files":256},"compare":{"mode":"trailing_whitespace","absolute":1e-06,"relative":1e-06},"policy":"all","compiler_options":[]}' AS BLOB));
CREATE INDEX job_open ON job (id) WHERE finished_at_us IS NULL;
CREATE INDEX job_finished ON job (finished_at_us) WHERE finished_at_us IS NOT NULL;
CREATE INDEX idempotency_expiry ON idempotency (expires_at_us);
CREATE INDEX failure_of_job ON failure (token);
CREATE INDEX checkpoint_of_job ON checkpoint (token);
CREATE INDEX job_dead ON job (id) WHERE state = 4;
CREATE INDEX expiry_over ON expiry (id) WHERE is_over = 1;
COMMIT;
PRAGMA user_version=1;
