#pragma once
// RecordTable: the statements that only read, for the reader and the recovery.

#include <memory>
#include <string>

#include "queue/sqlite/database.hpp"
#include "queue/sqlite/failure_table.hpp"
#include "queue/store.hpp"

namespace evalx::queue::sqlite {

/// Used by one thread at a time.
class RecordTable {
 public:
  static Result<std::unique_ptr<RecordTable>> prepare(Database& database);

  using Parts = Store::Parts;
  /// Errors: NotFound, Evicted, SQLite's.
  Result<Record> find(const std::string& token, Parts parts);
  /// Looks at a bounded number of jobs. Errors: check_filter's; invalid_argument if `after` is not
  /// the end of a page; SQLite's.
  Result<Listing> list(const ListFilter& filter, Clock::WallInstant now);

 private:
  explicit RecordTable(SQLite::Database& db);

  /// For list().
  SQLite::Statement& statement_for(State state);

  Result<bool> was_evicted(const std::string& token);

  SQLite::Statement find_, find_state_, open_, dead_, expired_, finished_, evicted_;
  FailureTable failures_;
};

}  // namespace evalx::queue::sqlite
