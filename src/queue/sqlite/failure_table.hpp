#pragma once
// FailureTable: the statements that store and read failures of jobs.

#include <string>
#include <vector>

#include "queue/failure.hpp"
#include "queue/sqlite/database.hpp"

namespace evalx::queue::sqlite {

/// Used by one thread at a time. Errors are SQLite's.
class FailureTable {
 public:
  /// Throws SQLite's exception if the schema is another one.
  explicit FailureTable(SQLite::Database& db);

  /// Keeps the last kFailuresKept of a job. Needs a transaction.
  Result<> add(const std::string& token, const Failure& failure);
  /// In order.
  Result<std::vector<Failure>> of(const std::string& token);

 private:
  SQLite::Statement add_, trim_, of_;
};

}  // namespace evalx::queue::sqlite
