#include "queue/sqlite/job_table.hpp"

#include <algorithm>

#include "queue/eviction.hpp"

namespace evalx::queue::sqlite {
namespace {

/// SQL for finished jobs that may be deleted when they are older than ?1.
constexpr const char* kOlder =
    "FROM job WHERE finished_at_us < ?1 AND NOT EXISTS (SELECT 1 FROM callback "
    "WHERE callback.token = job.token AND (callback.state BETWEEN 1 AND 2 OR ended_us >= ?1))";

/// Blobs are bound without a copy: a spec may have 16 MiB.
void bind_blob(Use& use, int index, const std::string& bytes) {
  use->bindNoCopy(index, static_cast<const void*>(bytes.data()), static_cast<int>(bytes.size()));
}

}  // namespace

std::int64_t to_column(Clock::WallInstant instant) {
  return std::chrono::duration_cast<Microseconds>(instant.time_since_epoch()).count();
}

Clock::WallInstant from_column(std::int64_t microseconds) {
  return Clock::WallInstant{Microseconds{microseconds}};
}

JobTable::JobTable(SQLite::Database& db)
    : db_(db),
      count_accepted_(db, "UPDATE tally SET accepted = accepted + ?1"),
      remembered_(db,
                  "SELECT token, body_digest FROM idempotency JOIN job USING (token) "
                  "WHERE key = ?1 AND expires_at_us > ?2"),
      remember_(db, "INSERT OR REPLACE INTO idempotency VALUES (?1, ?2, ?3, ?4)"),
      insert_job_(db, "INSERT INTO job VALUES (NULL, ?1, 0, 0, 0, 0, ?2, NULL)"),
      insert_spec_(db, "INSERT INTO spec VALUES (?1, ?2)"),
      look_up_(db,
               "SELECT job.id, iif(is_over, 5, state), attempt, deaths, lease "
               "FROM job LEFT JOIN expiry USING (id) WHERE job.token = ?1"),
      requeue_(db, "UPDATE job SET state = 0, attempt = ?2, deaths = ?3, lease = 0 WHERE id = ?1"),
      finish_(
          db,
          "UPDATE job SET state = ?2, attempt = ?3, deaths = ?4, lease = 0, finished_at_us = ?5 "
          "WHERE id = ?1"),
      insert_result_(db, "INSERT INTO result VALUES (?1, ?2)"),
      grant_(db,
             "UPDATE job SET state = 1, attempt = attempt + 1, lease = ?2 "
             "WHERE id = ?1 AND state = 0 RETURNING token, attempt"),
      spec_(db, "SELECT body FROM spec WHERE id = ?1"),
      expired_(db, std::string{"SELECT EXISTS (SELECT 1 "} + kOlder +
                       ") OR "
                       "EXISTS (SELECT 1 FROM idempotency WHERE expires_at_us <= ?2) OR "
                       "EXISTS (SELECT 1 FROM evicted WHERE until_us <= ?2)"),
      finished_(db, std::string{"SELECT id "} + kOlder + " ORDER BY finished_at_us LIMIT ?2"),
      delete_job_(db, "DELETE FROM job WHERE id = ?1"),
      delete_spec_(db, "DELETE FROM spec WHERE id = ?1"),
      delete_result_(db, "DELETE FROM result WHERE id = ?1"),
      forget_keys_(db,
                   "DELETE FROM idempotency WHERE key IN (SELECT key FROM idempotency "
                   "WHERE expires_at_us <= ?1 LIMIT ?2)"),
      delete_keys_(db,
                   "DELETE FROM idempotency WHERE token = (SELECT token FROM job WHERE id = ?1)"),
      delete_failures_(db,
                       "DELETE FROM failure WHERE token = (SELECT token FROM job WHERE id = ?1)"),
      revive_(db, "UPDATE job SET finished_at_us = NULL WHERE id = ?1"),
      failures_(db),
      digests_(db),
      checkpoints_(db),
      expiries_(db),
      evictions_(db),
      callbacks_(db) {}

Result<std::unique_ptr<JobTable>> JobTable::prepare(Database& database) {
  return caught("prepare", [&]() -> Result<std::unique_ptr<JobTable>> {
    return std::unique_ptr<JobTable>{new JobTable(database.connection())};
  });
}

Result<std::optional<JobTable::Remembered>> JobTable::remembered(const std::string& key, Wall now) {
  return caught("look up key", [&]() -> Result<std::optional<Remembered>> {
    Use use{remembered_};
    use->bindNoCopy(1, key);
    use->bind(2, to_column(now));
    if (!use->executeStep()) return std::nullopt;
    return Remembered{use->getColumn(0).getString(), use->getColumn(1).getString()};
  });
}

Result<> JobTable::remember(const Idempotency& key, const std::string& token, Wall expires_at) {
  return caught("remember key", [&]() -> Result<> {
    Use use{remember_};
    use->bindNoCopy(1, key.key);
    use->bindNoCopy(2, key.body_digest);
    use->bindNoCopy(3, token);
    use->bind(4, to_column(expires_at));
    use->exec();
    return {};
  });
}

Result<> JobTable::count_accepted(std::size_t jobs) {
  return caught("count jobs", [&]() -> Result<> {
    Use use{count_accepted_};
    use->bind(1, static_cast<std::int64_t>(jobs));
    use->exec();
    return {};
  });
}

Result<JobId> JobTable::insert(const NewJob& job, const std::string& digest, Wall accepted_at) {
  return caught("insert job", [&]() -> Result<JobId> {
    Use use{insert_job_};
    use->bindNoCopy(1, job.token);
    use->bind(2, to_column(accepted_at));
    use->exec();
    const JobId id = db_.getLastInsertRowid();
    Use spec{insert_spec_};
    spec->bind(1, id);
    bind_blob(spec, 2, job.spec);
    spec->exec();
    EVALX_TRY_VOID(digests_.add_spec(job.token, digest));
    if (job.expires_after) {
      EVALX_TRY_VOID(expiries_.add(id, job.token, accepted_at + *job.expires_after));
    }
    if (job.callback) EVALX_TRY_VOID(callbacks_.add(job.token, *job.callback));
    return id;
  });
}

Result<std::optional<JobRow>> JobTable::look_up(const std::string& token) {
  return caught("look up job", [&]() -> Result<std::optional<JobRow>> {
    Use use{look_up_};
    use->bindNoCopy(1, token);
    if (!use->executeStep()) return std::nullopt;
    return JobRow{use->getColumn(0).getInt64(),
                  {.state = static_cast<State>(use->getColumn(1).getInt()),
                   .attempt = use->getColumn(2).getUInt(),
                   .deaths = use->getColumn(3).getUInt(),
                   .lease = static_cast<std::uint64_t>(use->getColumn(4).getInt64()),
                   .not_before = {}}};
  });
}

Result<> JobTable::requeue(JobId id, const Job& job) {
  return caught("requeue job", [&]() -> Result<> {
    Use use{requeue_};
    use->bind(1, id);
    use->bind(2, job.attempt);
    use->bind(3, job.deaths);
    use->exec();
    return {};
  });
}

Result<> JobTable::finish(JobId id, const Job& job, const std::string& result,
                          const std::string& digest, Wall now) {
  return caught("finish job", [&]() -> Result<> {
    // A release without expiry must read an expired job as cancelled.
    const bool is_over = job.state == State::Expired;
    if (is_over) EVALX_TRY_VOID(expiries_.mark_over(id));
    Use use{finish_};
    use->bind(1, id);
    use->bind(2, static_cast<int>(is_over ? State::Cancelled : job.state));
    use->bind(3, job.attempt);
    use->bind(4, job.deaths);
    use->bind(5, to_column(now));
    use->exec();
    Use insert{insert_result_};
    insert->bind(1, id);
    bind_blob(insert, 2, result);
    insert->exec();
    EVALX_TRY_VOID(digests_.add_result(id, digest, now));
    EVALX_TRY_VOID(evictions_.add(id));
    EVALX_TRY_VOID(callbacks_.job_ended(id, now));
    return checkpoints_.forget(id);
  });
}

Result<> JobTable::revive(JobId id, const Job& job) {
  EVALX_TRY_VOID(evictions_.subtract(id));
  EVALX_TRY_VOID(requeue(id, job));
  EVALX_TRY_VOID(expiries_.forget(id));
  EVALX_TRY_VOID(callbacks_.job_redriven(id));
  return caught("revive job", [&]() -> Result<> {
    for (SQLite::Statement* statement : {&revive_, &delete_result_}) {
      Use use{*statement};
      use->bind(1, id);
      use->exec();
    }
    return {};
  });
}

Result<JobTable::Granted> JobTable::grant(JobId id, std::uint64_t lease) {
  return caught("lease job", [&]() -> Result<Granted> {
    Granted granted;
    Use use{grant_};
    use->bind(1, id);
    use->bind(2, static_cast<std::int64_t>(lease));
    if (!use->executeStep()) {
      return fail({SQLITE_CORRUPT, sqlite_category()}, "lease job", "that is not stored as queued");
    }
    granted.token = use->getColumn(0).getString();
    granted.attempt = use->getColumn(1).getUInt();
    Use spec{spec_};
    spec->bind(1, id);
    if (spec->executeStep()) granted.spec = blob(spec->getColumn(0));
    EVALX_TRY(granted.spec_digest, digests_.of_spec(granted.token));
    EVALX_TRY(granted.checkpoint, checkpoints_.of(granted.token));
    return granted;
  });
}

Result<bool> JobTable::has_expired(Wall finished_before, Wall now) {
  return caught("look for expired", [&]() -> Result<bool> {
    Use use{expired_};
    use->bind(1, to_column(finished_before));
    use->bind(2, to_column(now));
    return use->executeStep() && use->getColumn(0).getInt() != 0;
  });
}

Result<> JobTable::erase(JobId id) {
  return caught("erase", [&]() -> Result<> {
    EVALX_TRY_VOID(evictions_.subtract(id));
    EVALX_TRY_VOID(digests_.forget(id));
    EVALX_TRY_VOID(callbacks_.forget(id));
    for (SQLite::Statement* statement :
         {&delete_keys_, &delete_failures_, &delete_result_, &delete_spec_, &delete_job_}) {
      Use use{*statement};
      use->bind(1, id);
      use->exec();
    }
    return expiries_.forget(id);
  });
}

Result<std::vector<std::string>> JobTable::evict(std::uint64_t capacity,
                                                 std::chrono::seconds retention, int limit) {
  std::vector<std::string> evicted;
  EVALX_TRY(std::uint64_t kept, evictions_.bytes());
  if (kept <= capacity) return evicted;
  const std::uint64_t enough = kept - std::min(kept, kEvictedBytesAtOnce);
  EVALX_TRY(auto oldest, evictions_.oldest(limit));
  for (EvictionTable::Oldest& job : oldest) {
    if (kept <= std::max(capacity, enough)) break;
    EVALX_TRY_VOID(erase(job.id));
    EVALX_TRY_VOID(evictions_.remember(job.token, job.finished_at + retention));
    kept -= std::min(kept, job.bytes);
    evicted.push_back(std::move(job.token));
  }
  EVALX_TRY_VOID(evictions_.forget_surplus(limit));
  return evicted;
}

Result<int> JobTable::sweep(Wall finished_before, Wall now, int limit) {
  return caught("sweep", [&]() -> Result<int> {
    std::vector<JobId> ids;
    Use finished{finished_};
    finished->bind(1, to_column(finished_before));
    finished->bind(2, limit);
    while (finished->executeStep()) ids.push_back(finished->getColumn(0).getInt64());
    for (const JobId id : ids) EVALX_TRY_VOID(erase(id));
    Use keys{forget_keys_};
    keys->bind(1, to_column(now));
    keys->bind(2, limit);
    EVALX_TRY(const int forgotten, evictions_.forget_old(now, limit));
    return static_cast<int>(ids.size()) + keys->exec() + forgotten;
  });
}

Result<std::int64_t> JobTable::stored_at_most() {
  return caught("count jobs", [&]() -> Result<std::int64_t> {
    SQLite::Statement ends{db_, "SELECT (SELECT max(id) FROM job) - (SELECT min(id) FROM job) + 1"};
    if (!ends.executeStep() || ends.getColumn(0).isNull()) return std::int64_t{0};
    return ends.getColumn(0).getInt64();
  });
}

Result<> JobTable::mark_told_to_end() {
  return caught("mark the owner", [&]() -> Result<> {
    db_.exec("INSERT OR IGNORE INTO told_to_end SELECT epoch FROM owner");
    return {};
  });
}

Result<> JobTable::mark_clean() {
  return caught("mark clean shutdown", [&]() -> Result<> {
    db_.exec(
        "UPDATE job SET state = 0, attempt = attempt - 1, lease = 0 "
        "WHERE finished_at_us IS NULL AND state = 1");
    EVALX_TRY_VOID(callbacks_.release_all());
    db_.exec("UPDATE owner SET clean = 1");
    return {};
  });
}

}  // namespace evalx::queue::sqlite
