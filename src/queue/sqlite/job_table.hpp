#pragma once
// JobTable: the statements that read and change stored jobs. Every change needs a transaction.

#include <optional>
#include <string>

#include "queue/machine.hpp"
#include "queue/queue.hpp"
#include "queue/sqlite/backlog.hpp"
#include "queue/sqlite/callback_table.hpp"
#include "queue/sqlite/checkpoint_table.hpp"
#include "queue/sqlite/database.hpp"
#include "queue/sqlite/digest_table.hpp"
#include "queue/sqlite/eviction_table.hpp"
#include "queue/sqlite/expiry_table.hpp"
#include "queue/sqlite/failure_table.hpp"

namespace evalx::queue::sqlite {

/// A stored job, without the end of its back-off and without its expiry. The former is not stored:
/// a restart takes long enough. The latter is in the backlog, on the monotonic clock.
struct JobRow {
  JobId id = 0;
  Job job;
};

/// The writer's statements, prepared once. Errors are SQLite's.
class JobTable {
 public:
  using Wall = Clock::WallInstant;

  static Result<std::unique_ptr<JobTable>> prepare(Database& database);

  struct Remembered {
    std::string token;
    std::string body_digest;
  };
  /// nullopt if the key is unknown, or expired at `now`, or if its job was deleted.
  Result<std::optional<Remembered>> remembered(const std::string& key, Wall now);
  Result<> remember(const Idempotency& key, const std::string& token, Wall expires_at);

  /// `digest`: that of the spec.
  Result<JobId> insert(const NewJob& job, const std::string& digest, Wall accepted_at);
  /// Adds to the number of accepted jobs; see Tally.
  Result<> count_accepted(std::size_t jobs);
  Result<std::optional<JobRow>> look_up(const std::string& token);
  /// Stores a job that is queued again.
  Result<> requeue(JobId id, const Job& job);
  /// Stores a job that has ended, deletes its checkpoint, and makes its callback due.
  Result<> finish(JobId id, const Job& job, const std::string& result, const std::string& digest,
                  Wall now);
  /// As requeue, for a job that had ended: deletes its result and its expiry; its callback is not
  /// due any more.
  Result<> revive(JobId id, const Job& job);
  FailureTable& failures() { return failures_; }
  CheckpointTable& checkpoints() { return checkpoints_; }
  ExpiryTable& expiries() { return expiries_; }
  EvictionTable& evictions() { return evictions_; }
  CallbackTable& callbacks() { return callbacks_; }

  struct Granted {
    std::string token;
    unsigned attempt = 0;
    std::string spec;
    std::string spec_digest;
    std::vector<std::string> checkpoint;
  };
  /// Stores the machine's Grant, in one statement; the backlog grants only jobs that are due.
  Result<Granted> grant(JobId id, std::uint64_t lease);

  /// Deletes a job that has ended, with everything that belongs to it.
  Result<> erase(JobId id);
  /// Deletes finished jobs whose callback does not wait, oldest first, and remembers their tokens
  /// for `retention` from their ends, until all finished jobs have at most `capacity` bytes; at
  /// most `limit` jobs, and about kEvictedBytesAtOnce. Returns their tokens.
  Result<std::vector<std::string>> evict(std::uint64_t capacity, std::chrono::seconds retention,
                                         int limit);
  /// Whether sweep() would find rows to delete; writes nothing.
  Result<bool> has_expired(Wall finished_before, Wall now);
  /// Deletes at most `limit` jobs that finished before `finished_before`, and whose callback does
  /// not wait and ended before it too; and as many expired keys and tokens of evicted jobs. Returns
  /// the number of deleted rows.
  Result<int> sweep(Wall finished_before, Wall now, int limit);

  /// Releases all leases and marks the store as cleanly closed: the last write of an owner.
  /// An upper bound of the number of stored jobs, at no cost.
  Result<std::int64_t> stored_at_most();
  Result<> mark_clean();
  /// From now on the leases of this owner are released by the next one, not charged.
  Result<> mark_told_to_end();

 private:
  explicit JobTable(SQLite::Database& db);

  SQLite::Database& db_;
  SQLite::Statement count_accepted_, remembered_, remember_, insert_job_, insert_spec_, look_up_,
      requeue_, finish_, insert_result_, grant_, spec_, expired_, finished_, delete_job_,
      delete_spec_, delete_result_, forget_keys_, delete_keys_, delete_failures_, revive_;
  FailureTable failures_;
  DigestTable digests_;
  CheckpointTable checkpoints_;
  ExpiryTable expiries_;
  EvictionTable evictions_;
  CallbackTable callbacks_;
};

std::int64_t to_column(Clock::WallInstant instant);
Clock::WallInstant from_column(std::int64_t microseconds);

}  // namespace evalx::queue::sqlite
