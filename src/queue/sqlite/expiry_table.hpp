#pragma once
// ExpiryTable: the statements for deadlines of queued jobs, and for jobs that have expired.

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "queue/machine.hpp"
#include "queue/sqlite/backlog.hpp"
#include "queue/sqlite/database.hpp"

namespace evalx::queue::sqlite {

/// Used by one thread at a time. Errors are SQLite's. Changes need a transaction.
class ExpiryTable {
 public:
  using Wall = Clock::WallInstant;

  /// Throws SQLite's exception if the schema is another one.
  explicit ExpiryTable(SQLite::Database& db);

  Result<> add(JobId id, const std::string& token, Wall at);
  /// Marks a job that has just ended as expired.
  Result<> mark_over(JobId id);
  /// Removes the deadline: the job may wait without a limit, or is deleted.
  Result<> forget(JobId id);

  struct Waiting {
    std::string token;
    Job job;  ///< Without its deadline.
    Wall accepted_at;
  };
  /// nullopt if the job is no longer queued.
  Result<std::optional<Waiting>> waiting(JobId id);

 private:
  SQLite::Statement add_, mark_over_, forget_, waiting_;
};

}  // namespace evalx::queue::sqlite
