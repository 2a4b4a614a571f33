#include "queue/sqlite/recovery.hpp"

namespace evalx::queue::sqlite {
namespace {

Result<bool> take_over(SQLite::Database& db, Recovered& recovered) {
  return caught("take over", [&]() -> Result<bool> {
    SQLite::Statement owner{db, "SELECT clean, epoch + 1 FROM owner"};
    if (!owner.executeStep()) {
      return fail({SQLITE_CORRUPT, sqlite_category()}, "take over",
                  "a store without its owner row");
    }
    const bool was_clean = owner.getColumn(0).getInt() != 0;
    recovered.epoch = owner.getColumn(1).getInt64();
    owner.reset();
    db.exec("UPDATE owner SET clean = 0, epoch = epoch + 1");
    return was_clean;
  });
}

/// The jobs whose last worker's death is one too many, as they are before they end.
Result<std::vector<std::pair<JobId, Record>>> condemned(SQLite::Database& db, unsigned max_deaths) {
  return caught("find suspects", [&]() -> Result<std::vector<std::pair<JobId, Record>>> {
    std::vector<std::pair<JobId, Record>> found;
    SQLite::Statement select{
        db,
        "SELECT job.id, token, attempt, deaths, accepted_at_us, spec.body FROM job "
        "LEFT JOIN spec USING (id) "
        "WHERE finished_at_us IS NULL AND state = 1 AND deaths >= ?1"};
    select.bind(1, max_deaths);
    while (select.executeStep()) {
      Record record;
      record.token = select.getColumn(1).getString();
      record.state = State::Dead;
      record.attempt = select.getColumn(2).getUInt();
      record.deaths = select.getColumn(3).getUInt();
      record.accepted_at = from_column(select.getColumn(4).getInt64());
      record.spec = select.getColumn(5).getString();
      found.emplace_back(select.getColumn(0).getInt64(), std::move(record));
    }
    return found;
  });
}

/// A lease that a crash left behind means that its worker died with us.
Result<> count_deaths(SQLite::Database& db, JobTable& jobs, const RecoveryRules& rules,
                      Clock::WallInstant now, Recovered& recovered) {
  EVALX_TRY_VOID(caught("count deaths", [&]() -> Result<> {
    db.exec("UPDATE job SET deaths = deaths + 1 WHERE finished_at_us IS NULL AND state = 1");
    return {};
  }));
  EVALX_TRY(const auto suspects, condemned(db, rules.max_deaths));
  for (const auto& [id, record] : suspects) {
    EVALX_TRY_VOID(jobs.finish(id, State::Dead, rules.dead_result(record), now));
    ++recovered.dead;
  }
  return {};
}

Result<> give_back(SQLite::Database& db, Recovered& recovered) {
  return caught("give leases back", [&]() -> Result<> {
    SQLite::Statement requeue{db,
                              "UPDATE job SET state = 0, lease = 0 "
                              "WHERE finished_at_us IS NULL AND state = 1"};
    recovered.given_back = static_cast<std::size_t>(requeue.exec());
    SQLite::Statement open{db,
                           "SELECT id, accepted_at_us FROM job INDEXED BY job_open "
                           "WHERE finished_at_us IS NULL ORDER BY id"};
    while (open.executeStep()) {
      recovered.queued.push_back(
          {open.getColumn(0).getInt64(), from_column(open.getColumn(1).getInt64())});
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
    EVALX_TRY(const bool was_clean, take_over(db, recovered));
    if (!was_clean) {
      EVALX_TRY_VOID(database.check(rules.check_patience));
      EVALX_TRY_VOID(count_deaths(db, jobs, rules, now, recovered));
    }
    EVALX_TRY_VOID(give_back(db, recovered));
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
