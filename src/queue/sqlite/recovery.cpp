#include "queue/sqlite/recovery.hpp"

#include <algorithm>

#include "base/failpoint.hpp"
#include "base/log.hpp"
#include "queue/content.hpp"

namespace evalx::queue::sqlite {

std::string owner_name(std::int64_t epoch) {
  return "epoch " + std::to_string(epoch);
}

namespace {

/// How the last owner ended.
struct LastOwner {
  bool was_clean = false;
  bool was_told_to_end = false;  ///< Before it was killed: no job is the cause.
};

Result<LastOwner> take_over(SQLite::Database& db, Recovered& recovered) {
  return caught("take over", [&]() -> Result<LastOwner> {
    SQLite::Statement owner{
        db, "SELECT clean, epoch + 1, epoch IN (SELECT epoch FROM told_to_end) FROM owner"};
    if (!owner.executeStep()) {
      return fail({SQLITE_CORRUPT, sqlite_category()}, "take over",
                  "a store without its owner row");
    }
    const LastOwner last{owner.getColumn(0).getInt() != 0, owner.getColumn(2).getInt() != 0};
    recovered.epoch = owner.getColumn(1).getInt64();
    owner.reset();
    db.exec("UPDATE owner SET clean = 0, epoch = epoch + 1; DELETE FROM told_to_end");
    return last;
  });
}

/// `outside` is the number of accepted jobs in the file. A larger one in the database is right: the
/// owner died before it wrote the file.
Result<> compare_tally(SQLite::Database& db, std::uint64_t outside, Recovered& recovered) {
  return caught("compare tally", [&]() -> Result<> {
    const auto inside =
        static_cast<std::uint64_t>(db.execAndGet("SELECT accepted FROM tally").getInt64());
    recovered.accepted = std::max(inside, outside);
    recovered.vanished = recovered.accepted - inside;
    if (recovered.vanished == 0) return {};
    SQLite::Statement correct{db, "UPDATE tally SET accepted = ?1"};  // Reported once.
    correct.bind(1, static_cast<std::int64_t>(recovered.accepted));
    correct.exec();
    return {};
  });
}

struct Left {
  JobRow row;
  std::string token;
};

/// The leases of the last owner.
Result<std::vector<Left>> left_behind(SQLite::Database& db) {
  return caught("find leases", [&]() -> Result<std::vector<Left>> {
    std::vector<Left> found;
    SQLite::Statement select{db,
                             "SELECT id, attempt, deaths, lease, token FROM job "
                             "WHERE finished_at_us IS NULL AND state = 1"};
    while (select.executeStep()) {
      const Job job{.state = State::Leased,
                    .attempt = select.getColumn(1).getUInt(),
                    .deaths = select.getColumn(2).getUInt(),
                    .lease = static_cast<std::uint64_t>(select.getColumn(3).getInt64()),
                    .not_before = {}};
      found.push_back({{select.getColumn(0).getInt64(), job}, select.getColumn(4).getString()});
    }
    return found;
  });
}

/// The record of a job that ends because its workers died.
Result<Record> last_record(RecordTable& records, const Left& left, const Job& ended) {
  EVALX_TRY(Record record, records.find(left.token, RecordTable::Parts::All));
  record.state = ended.state;
  record.attempt = ended.attempt;
  record.deaths = ended.deaths;
  return record;
}

/// The open jobs whose rows contradict themselves: a bit may have changed.
Result<std::vector<Left>> damaged_rows(SQLite::Database& db) {
  return caught("find damaged jobs", [&]() -> Result<std::vector<Left>> {
    std::vector<Left> found;
    SQLite::Statement select{db,
                             "SELECT id, token FROM job WHERE finished_at_us IS NULL AND ("
                             "state NOT IN (0, 1) OR (state = 1) != (lease != 0) OR "
                             "attempt NOT BETWEEN 0 AND 1000 OR deaths NOT BETWEEN 0 AND attempt)"};
    while (select.executeStep()) {
      found.push_back({{select.getColumn(0).getInt64(), {}}, select.getColumn(1).getString()});
    }
    return found;
  });
}

/// They end Dead before they could stop the start, or be lost.
Result<> condemn_damaged(Database& database, JobTable& jobs, const RecoveryRules& rules,
                         Clock::WallInstant now, Recovered& recovered) {
  EVALX_TRY(const auto damaged, damaged_rows(database.connection()));
  EVALX_TRY(const auto records, RecordTable::prepare(database));
  for (const Left& left : damaged) {
    log::error("a stored job is damaged", {{"job", left.token}});
    const Failure failure{Failure::Kind::Damaged, 0, "the stored job is damaged",
                          owner_name(recovered.epoch), now};
    EVALX_TRY_VOID(jobs.failures().add(left.token, failure));
    Job dead;
    dead.state = State::Dead;
    EVALX_TRY(const Record record, last_record(*records, left, dead));
    const std::string result = rules.dead_result(record);
    EVALX_TRY_VOID(jobs.finish(left.row.id, dead, result, content_digest(result), now));
    ++recovered.dead;
  }
  return {};
}

/// A lease that is left after a crash means that its worker died with the last owner.
Result<> give_back(Database& database, JobTable& jobs, const RecoveryRules& rules,
                   const LastOwner& last, Clock::WallInstant now, Recovered& recovered) {
  EVALX_TRY(const auto leases, left_behind(database.connection()));
  EVALX_TRY(const auto records, RecordTable::prepare(database));
  for (const Left& left : leases) {
    failpoint("reaper.mid", {.job = left.token, .lease = left.row.job.lease});
    Change change = Release{left.row.job.lease};
    if (!last.was_clean && !last.was_told_to_end) {
      EVALX_TRY(const auto failures, jobs.failures().of(left.token));
      change = LoseWorker{left.row.job.lease,
                          old_deaths(left.row.job.deaths, failures, now, rules.rules.death_window)};
    }
    EVALX_TRY(const Step next, step(left.row.job, change, StoreTime{}, rules.rules));
    if (const auto kind = failure_of(change)) {
      const Failure failure{*kind, next.job.attempt,
                            "evalx was killed or crashed while the job ran",
                            owner_name(recovered.epoch - 1), now};
      EVALX_TRY_VOID(jobs.failures().add(left.token, failure));
    }
    if (is_terminal(next.job.state)) {
      EVALX_TRY(const Record record, last_record(*records, left, next.job));
      const std::string result = rules.dead_result(record);
      EVALX_TRY_VOID(jobs.finish(left.row.id, next.job, result, content_digest(result), now));
      ++recovered.dead;
    } else {
      EVALX_TRY_VOID(jobs.requeue(left.row.id, next.job));
      ++recovered.given_back;
    }
  }
  return {};
}

Result<> list_open(SQLite::Database& db, Recovered& recovered) {
  return caught("list open jobs", [&]() -> Result<> {
    SQLite::Statement open{db,
                           "SELECT job.id, accepted_at_us, deaths, at_us "
                           "FROM job INDEXED BY job_open LEFT JOIN expiry USING (id) "
                           "WHERE finished_at_us IS NULL ORDER BY job.id"};
    while (open.executeStep()) {
      Job job;
      job.deaths = open.getColumn(2).getUInt();
      recovered.queued.push_back({open.getColumn(0).getInt64(),
                                  from_column(open.getColumn(1).getInt64()),
                                  lane_of(job),
                                  {}});
      const SQLite::Column expires = open.getColumn(3);
      if (!expires.isNull()) recovered.queued.back().expires_at = from_column(expires.getInt64());
    }
    return {};
  });
}

}  // namespace

Result<Recovered> recover(Database& database, JobTable& jobs, const RecoveryRules& rules,
                          Clock::WallInstant now) {
  Recovered recovered;
  SQLite::Database& db = database.connection();
  const auto steps = [&]() -> Result<> {
    EVALX_TRY(const LastOwner last, take_over(db, recovered));
    EVALX_TRY_VOID(compare_tally(db, rules.tally, recovered));
    if (!last.was_clean) {
      EVALX_TRY_VOID(database.check(rules.check_patience));
    }
    EVALX_TRY_VOID(count_kept(db, recovered.epoch));
    EVALX_TRY_VOID(condemn_damaged(database, jobs, rules, now, recovered));
    EVALX_TRY_VOID(give_back(database, jobs, rules, last, now, recovered));
    EVALX_TRY_VOID(list_open(db, recovered));
    const bool charged = !last.was_clean && !last.was_told_to_end;
    EVALX_TRY(recovered.callbacks, jobs.callbacks().recover(now, charged));
    static_cast<void>(jobs.callbacks().take_moved());  // All that wait are in the list.
    return database.commit();
  };
  EVALX_TRY_VOID(database.begin(Database::Durability::Disk));
  if (auto done = steps(); !done) {
    database.rollback();
    return tl::make_unexpected(std::move(done).error());
  }
  return recovered;
}

}  // namespace evalx::queue::sqlite
