#pragma once
// EvictionTable: the statements that count the bytes of finished jobs, and remember evicted tokens.

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "queue/sqlite/backlog.hpp"
#include "queue/sqlite/database.hpp"

namespace evalx::queue::sqlite {

/// Used by one thread at a time. Errors are SQLite's. Changes need a transaction.
class EvictionTable {
 public:
  using Wall = Clock::WallInstant;

  /// Throws SQLite's exception if the schema is another one.
  explicit EvictionTable(SQLite::Database& db);

  /// Adds a job that has just ended, with its result.
  Result<> add(JobId id);
  /// Subtracts a finished job, before its result is deleted.
  Result<> subtract(JobId id);
  /// The sum for all finished jobs.
  Result<std::uint64_t> bytes();

  struct Oldest {
    JobId id = 0;
    std::string token;
    Wall finished_at;
    std::uint64_t bytes = 0;
  };
  /// At most `limit` finished jobs, oldest first, without the newest one, and without those whose
  /// callback waits.
  Result<std::vector<Oldest>> oldest(int limit);

  /// Remembers the token of an evicted job.
  Result<> remember(const std::string& token, Wall until);
  Result<bool> remembers(const std::string& token);
  /// False if the token was not remembered.
  Result<bool> forget(const std::string& token);
  /// Forgets at most `limit` tokens whose time has come. Returns their number.
  Result<int> forget_old(Wall now, int limit);
  /// Forgets at most `limit` of the tokens beyond kEvictedRemembered.
  Result<> forget_surplus(int limit);

 private:
  SQLite::Statement add_, subtract_, bytes_, oldest_, remember_, remembers_, forget_, forget_old_,
      forget_surplus_;
};

/// Counts all finished jobs anew, unless the owner before `epoch` has counted. Part of the
/// recovery.
Result<> count_kept(SQLite::Database& db, std::int64_t epoch);

}  // namespace evalx::queue::sqlite
