#pragma once
// CheckpointTable: the statements that keep and read what unfinished jobs have done.

#include <string>
#include <vector>

#include "queue/sqlite/database.hpp"

namespace evalx::queue::sqlite {

/// Used by one thread at a time. Errors are SQLite's.
class CheckpointTable {
 public:
  /// Throws SQLite's exception if the schema is not this one's.
  explicit CheckpointTable(SQLite::Database& db);

  /// False, and nothing is kept, if it does not fit into kCheckpointBytesMax. Needs a transaction.
  Result<bool> add(const std::string& token, const std::string& part);
  /// In order.
  Result<std::vector<std::string>> of(const std::string& token);
  /// Of a job that ends. Needs a transaction.
  Result<> forget(std::int64_t job);

 private:
  SQLite::Statement add_, size_, of_, forget_;
};

}  // namespace evalx::queue::sqlite
