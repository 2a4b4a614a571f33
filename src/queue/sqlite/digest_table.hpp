#pragma once
// DigestTable: the statements for the digests of specs and results.

#include <string>

#include "base/clock.hpp"
#include "queue/sqlite/backlog.hpp"
#include "queue/sqlite/database.hpp"

namespace evalx::queue::sqlite {

/// Used by one thread at a time. Errors are SQLite's. Changes need a transaction.
class DigestTable {
 public:
  using Wall = Clock::WallInstant;

  /// Throws SQLite's exception if the schema is another one.
  explicit DigestTable(SQLite::Database& db);

  Result<> add_spec(const std::string& token, const std::string& digest);
  /// `finished` as in the job's row: a result that an earlier release stores later is not checked.
  Result<> add_result(JobId id, const std::string& digest, Wall finished);
  /// Empty if an earlier release stored the job.
  Result<std::string> of_spec(const std::string& token);
  /// Before the job's row is deleted.
  Result<> forget(JobId id);

 private:
  SQLite::Statement add_spec_, add_result_, of_spec_, forget_;
};

}  // namespace evalx::queue::sqlite
