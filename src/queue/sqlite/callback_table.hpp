#pragma once
// CallbackTable: the statements for the callbacks of jobs.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "queue/callback.hpp"
#include "queue/sqlite/backlog.hpp"
#include "queue/sqlite/database.hpp"

namespace evalx::queue::sqlite {

/// Used by one thread at a time. Errors are SQLite's. Changes need a transaction.
class CallbackTable {
 public:
  using Wall = Clock::WallInstant;

  /// Throws SQLite's exception if the schema is another one.
  explicit CallbackTable(SQLite::Database& db);

  /// A change that the lanes must learn once its transaction is committed.
  struct Moved {
    std::string token;
    std::string lane;
    std::optional<Wall> since;  ///< It waits from now on; nullopt: it is gone.
  };
  /// The changes since the last call. After a rollback the caller ignores them.
  std::vector<Moved> take_moved() { return std::exchange(moved_, {}); }

  Result<> add(const std::string& token, const CallbackRequest& request);
  // Nothing happens if the job has no callback.
  Result<> job_ended(JobId id, Wall now);
  Result<> job_redriven(JobId id);
  /// Before the job's row is deleted.
  Result<> forget(JobId id);
  Result<> forget(const std::string& token, const std::string& lane);

  struct Stored {
    Callback callback;  ///< Without `due`.
    std::string lane;
    Wall since;  ///< When its job ended.
  };
  Result<std::optional<Stored>> look_up(const std::string& token);
  Result<std::string> target(const std::string& token);
  /// Stores its next state: `next` is the due time of one that waits, and the end of one that is
  /// over.
  Result<> store(const std::string& token, const Stored& changed, Wall next);
  Result<> set_words(const std::string& token, const std::string& words);

  struct Open {
    std::string token;
    std::string lane;
    Wall since, due;
  };
  /// Part of the recovery: returns those that wait, and makes those that were sent wait. `charged`:
  /// their sender may have died because of them.
  Result<std::vector<Open>> recover(Wall now, bool charged);
  /// All that are sent now wait again, and are not charged: the owner stops.
  Result<> release_all();

 private:
  struct Row {
    std::string token;
    std::string lane;
    Callback callback;
  };
  Result<std::optional<Row>> of_job(JobId id);
  Result<> write(const Row& row, std::optional<Wall> since, std::optional<Wall> due,
                 std::optional<Wall> ended);

  SQLite::Database& db_;
  SQLite::Statement add_, of_job_, look_up_, target_, write_, set_words_, forget_;
  std::vector<Moved> moved_;
};

}  // namespace evalx::queue::sqlite
