#pragma once
// ExpiryTable: the statements that keep how long jobs may wait, and which of them ended by it.

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

  /// Throws SQLite's exception if the schema is not this one's.
  explicit ExpiryTable(SQLite::Database& db);

  Result<> add(JobId id, const std::string& token, Wall at);
  /// Of a job that has just ended: it has waited for too long.
  Result<> mark_over(JobId id);
  /// The job may wait for ever, or is deleted.
  Result<> forget(JobId id);

  struct Waiting {
    std::string token;
    Job job;  ///< Without its deadline.
    Wall accepted_at;
  };
  /// nullopt if it does not wait any more.
  Result<std::optional<Waiting>> waiting(JobId id);

 private:
  SQLite::Statement add_, mark_over_, forget_, waiting_;
};

}  // namespace evalx::queue::sqlite
