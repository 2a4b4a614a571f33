#include "queue/sqlite/database.hpp"

#include <string>

#include "base/failpoint.hpp"
#include "queue/sqlite/schema.hpp"

namespace evalx::queue::sqlite {
namespace {

// Another process may read the file, but not block this one for long.
constexpr int kBusyTimeoutMs = 1000;
constexpr int kStepsPerLook = 10'000;

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
