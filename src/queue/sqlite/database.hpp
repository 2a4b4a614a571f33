#pragma once
// Database: one SQLite connection with evalX's settings; SQLite's exceptions end here.

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace evalx::queue::sqlite {

/// Values are SQLite's extended result codes.
const std::error_category& sqlite_category() noexcept;

/// The meaning of a failed write for the process.
enum class Fault {
  Passing,  ///< Locked by another process, and the like: it may work later.
  DiskFull,
  Fatal,  ///< The contents of the disk are not known (fsync, I/O at commit, corruption).
};
Fault fault_of(const Error& error) noexcept;

/// Runs `body`, which returns a Result, and turns SQLiteCpp's exception into an Error.
template <class Body>
auto caught(std::string_view step, Body body) -> decltype(body()) {
  try {
    return body();
  } catch (const SQLite::Exception& e) {
    return fail({e.getExtendedErrorCode(), sqlite_category()}, step, e.what());
  }
}

/// A statement in use. Its destructor resets it, so that it holds no lock and no row.
class Use {
 public:
  explicit Use(SQLite::Statement& statement) : statement_(statement) {}
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  ~Use() { statement_.tryReset(); }
  SQLite::Statement* operator->() { return &statement_; }

 private:
  SQLite::Statement& statement_;
};

/// The bytes of a BLOB.
std::string blob(const SQLite::Column& column);

/// Used by one thread at a time.
class Database {
 public:
  enum class Durability {
    Disk,     ///< commit() returns after fsync: survives a power cut.
    Process,  ///< Survives a crash of this process; synced by the next commit of the other kind.
  };

  /// Creates the schema in a new file. Errors: not_supported for a newer schema, SQLITE_NOTADB and
  /// SQLITE_CORRUPT for a damaged file, with a text for operators.
  static Result<std::unique_ptr<Database>> open_writer(const std::filesystem::path& path);
  /// For queries beside the writer.
  static Result<std::unique_ptr<Database>> open_reader(const std::filesystem::path& path);

  Result<> begin(Durability durability);
  /// After a failure the transaction is rolled back; fault_of(error) shows how serious it is.
  Result<> commit();
  void rollback() noexcept;

  /// Moves the write-ahead log into the file, as far as readers allow. Errors are as serious as
  /// those of commit().
  Result<> checkpoint(int mode = SQLITE_CHECKPOINT_PASSIVE);
  /// Pages in the log since the last full checkpoint.
  [[nodiscard]] int log_pages() const { return log_pages_; }

  /// Whether a write reaches the disk: a durable transaction that changes nothing.
  Result<> probe();

  /// PRAGMA quick_check. It is stopped after `patience`, which counts as success: a big file must
  /// not delay the start. Errors: SQLITE_CORRUPT with the finding; SQLite's.
  Result<> check(Milliseconds patience);

  SQLite::Database& connection() { return connection_; }

 private:
  Database(const std::filesystem::path& path, int flags);
  Result<> prepare_schema();

  SQLite::Database connection_;
  Durability durability_ = Durability::Disk;
  int log_pages_ = 0;
};

}  // namespace evalx::queue::sqlite
