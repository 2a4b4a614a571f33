#pragma once
// CheckpointTable: the statements that store and read checkpoints of unfinished jobs.

#include <string>
#include <vector>

#include "queue/sqlite/database.hpp"

namespace evalx::queue::sqlite {

/// Used by one thread at a time. Errors are SQLite's.
class CheckpointTable {
 public:
  /// Throws SQLite's exception if the schema is another one.
  explicit CheckpointTable(SQLite::Database& db);

  /// False, and nothing is stored, if all parts together would exceed kCheckpointBytesMax. Needs a
  /// transaction.
  Result<bool> add(const std::string& token, const std::string& part);
  /// In order.
  Result<std::vector<std::string>> of(const std::string& token);
  /// Deletes the parts of a job that ends. Needs a transaction.
  Result<> forget(std::int64_t job);

 private:
  SQLite::Statement add_, size_, of_, forget_;
};

}  // namespace evalx::queue::sqlite
