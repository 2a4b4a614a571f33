#include "queue/sqlite/database.hpp"

#include <string>

#include "base/failpoint.hpp"

namespace evalx::queue::sqlite {
namespace {

constexpr int kSchemaVersion = 1;
// Another process may read the file, but not block this one for long.
constexpr int kBusyTimeoutMs = 1000;
constexpr int kStepsPerLook = 10'000;

// Specs and results have tables of their own: an update of a job must not rewrite its blobs.
constexpr const char* kSchema = R"sql(
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
constexpr const char* kAdditions = R"sql(
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
)sql";

class SqliteCategory final : public std::error_category {
  [[nodiscard]] const char* name() const noexcept override { return "sqlite"; }
  [[nodiscard]] std::string message(int value) const override { return ::sqlite3_errstr(value); }
};

int out_of_patience(void* until) {
  return std::chrono::steady_clock::now() > *static_cast<Clock::Instant*>(until) ? 1 : 0;
}

int count_log_pages(void* pages, sqlite3*, const char*, int in_log) {
  *static_cast<int*>(pages) = in_log;
  return SQLITE_OK;
}

/// The pragma returns the mode before the change is committed; only the next step shows the
/// outcome.
std::string switch_to_log(SQLite::Database& connection) {
  SQLite::Statement pragma{connection, "PRAGMA journal_mode=WAL"};
  if (!pragma.executeStep()) return "unknown";
  std::string mode = pragma.getColumn(0).getString();
  while (pragma.executeStep()) {
  }
  return mode;
}

tl::unexpected<Error> damaged(const std::filesystem::path& path, std::error_code code,
                              std::string_view finding) {
  return fail(code,
              path.string() + " is damaged; move it away or restore it from a backup:", finding);
}

}  // namespace

const std::error_category& sqlite_category() noexcept {
  static const SqliteCategory category;
  return category;
}

Fault fault_of(const Error& error) noexcept {
  if (error.code.category() != sqlite_category()) return Fault::Passing;
  const int code = error.code.value();
  if (code == SQLITE_IOERR_SHMSIZE) return Fault::DiskFull;
  switch (code & 0xff) {
    case SQLITE_FULL:
      return Fault::DiskFull;
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Fault::Fatal;
    default:
      return Fault::Passing;
  }
}

std::string blob(const SQLite::Column& column) {
  const int size = column.getBytes();
  return size == 0 ? std::string{}
                   : std::string(static_cast<const char*>(column.getBlob()),
                                 static_cast<std::size_t>(size));
}

Database::Database(const std::filesystem::path& path, int flags)
    : connection_(path.string(), flags, kBusyTimeoutMs) {
  ::sqlite3_extended_result_codes(connection_.getHandle(), 1);
}

Result<std::unique_ptr<Database>> Database::open_writer(const std::filesystem::path& path) {
  auto opened = caught("open", [&]() -> Result<std::unique_ptr<Database>> {
    std::unique_ptr<Database> made{
        new Database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)};
    EVALX_TRY_VOID(made->prepare_schema());
    // This class checkpoints by itself: SQLite's automatic checkpoint would hide a failed fsync.
    ::sqlite3_wal_hook(made->connection_.getHandle(), count_log_pages, &made->log_pages_);
    made->connection_.exec(
        "PRAGMA synchronous=FULL; PRAGMA cache_size=-16384;"
        "PRAGMA journal_size_limit=67108864; PRAGMA temp_store=MEMORY");
    return made;
  });
  if (!opened && opened.error().code.category() == sqlite_category()) {
    const int code = opened.error().code.value() & 0xff;
    if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT) {
      return damaged(path, opened.error().code, opened.error().what);
    }
    opened.error().what.append(" ").append(path.string());
  }
  return opened;
}

Result<> Database::prepare_schema() {
  const int version = connection_.execAndGet("PRAGMA user_version").getInt();
  if (version > kSchemaVersion) {
    return fail(std::make_error_code(std::errc::not_supported),
                connection_.getFilename() + " was written by a newer evalx (schema " +
                    std::to_string(version) + ", this one supports " +
                    std::to_string(kSchemaVersion) + ")");
  }
  const std::string mode = switch_to_log(connection_);
  if (mode != "wal") {
    return fail(std::make_error_code(std::errc::not_supported),
                "write-ahead log on this file system, journal mode is", mode);
  }
  SQLite::Transaction transaction{connection_};
  if (version < kSchemaVersion) {
    connection_.exec(kSchema);
    failpoint("upgrade.mid_migration");
    connection_.exec("PRAGMA user_version=" + std::to_string(kSchemaVersion));
  }
  connection_.exec(kAdditions);
  transaction.commit();
  return {};
}

Result<std::unique_ptr<Database>> Database::open_reader(const std::filesystem::path& path) {
  return caught("open for reading", [&]() -> Result<std::unique_ptr<Database>> {
    return std::unique_ptr<Database>{new Database(path, SQLite::OPEN_READONLY)};
  });
}

Result<> Database::begin(Durability durability) {
  return caught("begin", [&]() -> Result<> {
    if (durability != durability_) {
      connection_.exec(durability == Durability::Disk ? "PRAGMA synchronous=FULL"
                                                      : "PRAGMA synchronous=NORMAL");
      durability_ = durability;
    }
    connection_.exec("BEGIN IMMEDIATE");
    return {};
  });
}

Result<> Database::commit() {
  auto done = caught("commit", [&]() -> Result<> {
    connection_.exec("COMMIT");
    return {};
  });
  if (!done) rollback();
  return done;
}

void Database::rollback() noexcept {
  // SQLite may have rolled back by itself; then nothing is left to do.
  if (::sqlite3_get_autocommit(connection_.getHandle()) == 0) connection_.tryExec("ROLLBACK");
}

Result<> Database::checkpoint(int mode) {
  int in_log = 0;
  int moved = 0;
  const int code =
      ::sqlite3_wal_checkpoint_v2(connection_.getHandle(), nullptr, mode, &in_log, &moved);
  if (code == SQLITE_OK && moved == in_log) log_pages_ = 0;
  if (code == SQLITE_OK || code == SQLITE_BUSY) return {};
  return fail({::sqlite3_extended_errcode(connection_.getHandle()), sqlite_category()},
              "checkpoint");
}

Result<> Database::probe() {
  EVALX_TRY_VOID(begin(Durability::Disk));
  auto written = caught("probe", [&]() -> Result<> {
    connection_.exec("UPDATE owner SET epoch = epoch");
    return {};
  });
  if (written) return commit();
  rollback();
  return written;
}

Result<> Database::check(Milliseconds patience) {
  Clock::Instant until = std::chrono::steady_clock::now() + patience;
  ::sqlite3_progress_handler(connection_.getHandle(), kStepsPerLook, out_of_patience, &until);
  auto checked = caught("quick_check", [&]() -> Result<> {
    const std::string finding = connection_.execAndGet("PRAGMA quick_check(1)").getString();
    if (finding == "ok") return {};
    return damaged(connection_.getFilename(), {SQLITE_CORRUPT, sqlite_category()}, finding);
  });
  ::sqlite3_progress_handler(connection_.getHandle(), 0, nullptr, nullptr);
  if (!checked && checked.error().code == std::error_code{SQLITE_INTERRUPT, sqlite_category()}) {
    return {};
  }
  return checked;
}

}  // namespace evalx::queue::sqlite
