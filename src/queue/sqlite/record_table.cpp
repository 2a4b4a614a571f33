#include "queue/sqlite/record_table.hpp"

#include <charconv>

#include "queue/sqlite/job_table.hpp"

namespace evalx::queue::sqlite {
namespace {

constexpr int kLookedAtMax = 10'000;  // By one page: other calls wait for the reader, too.

/// The `id` after which the page begins. Errors: invalid_argument.
Result<JobId> parse_cursor(const std::string& after) {
  JobId id = 0;
  if (after.empty()) return id;
  const char* const end = after.data() + after.size();
  const auto parsed = std::from_chars(after.data(), end, id);
  if (parsed.ec != std::errc{} || parsed.ptr != end || id < 0) {
    return fail(std::make_error_code(std::errc::invalid_argument),
                "list: after must be the end of an earlier page");
  }
  return id;
}

std::optional<Clock::WallInstant> ended_at(const SQLite::Column& column) {
  if (column.isNull()) return std::nullopt;
  return from_column(column.getInt64());
}

/// A bit of the row may have changed.
bool contradicts_itself(const Record& record) {
  return record.state < State::Queued || record.state > State::Expired ||
         is_terminal(record.state) != record.ended_at.has_value();
}

/// A reader may meet a store that only an older evalx has opened.
std::string spec_digest_column(SQLite::Database& db) {
  if (!db.tableExists("digest")) return "''";
  return "(SELECT spec FROM digest WHERE digest.token = job.token)";
}
std::string result_digest_column(SQLite::Database& db) {
  if (!db.tableExists("digest")) return "''";
  return "(SELECT result FROM digest WHERE digest.token = job.token "
         "AND digest.finished_at_us = job.finished_at_us)";
}

}  // namespace

RecordTable::RecordTable(SQLite::Database& db)
    : find_(db,
            "SELECT iif(is_over, 5, state), attempt, deaths, accepted_at_us, finished_at_us, "
            "result.body, " +
                result_digest_column(db) + ", spec.body, " + spec_digest_column(db) +
                " FROM job LEFT JOIN spec USING (id) LEFT JOIN result USING (id) "
                "LEFT JOIN expiry USING (id) WHERE job.token = ?1"),
      find_state_(db,
                  "SELECT iif(is_over, 5, state), attempt, deaths, accepted_at_us, finished_at_us, "
                  "result.body, " +
                      result_digest_column(db) +
                      " FROM job LEFT JOIN result USING (id) LEFT JOIN expiry USING (id) "
                      "WHERE job.token = ?1"),
      open_(db,
            "SELECT id, state, token, attempt, deaths, accepted_at_us, finished_at_us "
            "FROM job INDEXED BY job_open WHERE finished_at_us IS NULL AND id > ?1 "
            "ORDER BY id LIMIT ?2"),
      dead_(db,
            "SELECT id, state, token, attempt, deaths, accepted_at_us, finished_at_us "
            "FROM job INDEXED BY job_dead WHERE state = 4 AND id > ?1 ORDER BY id LIMIT ?2"),
      expired_(db,
               "SELECT job.id, 5, job.token, attempt, deaths, accepted_at_us, finished_at_us "
               "FROM expiry INDEXED BY expiry_over JOIN job USING (id) "
               "WHERE is_over = 1 AND expiry.id > ?1 ORDER BY expiry.id LIMIT ?2"),
      finished_(db,
                "SELECT id, CASE WHEN id IN (SELECT id FROM expiry WHERE is_over = 1) THEN 5 "
                "ELSE state END, token, attempt, deaths, accepted_at_us, finished_at_us "
                "FROM job WHERE finished_at_us IS NOT NULL AND id > ?1 ORDER BY id LIMIT ?2"),
      evicted_(db, db.tableExists("evicted") ? "SELECT 1 FROM evicted WHERE token = ?1"
                                             : "SELECT ?1 WHERE false"),
      failures_(db) {}

Result<std::unique_ptr<RecordTable>> RecordTable::prepare(Database& database) {
  return caught("prepare", [&]() -> Result<std::unique_ptr<RecordTable>> {
    return std::unique_ptr<RecordTable>{new RecordTable(database.connection())};
  });
}

Result<Record> RecordTable::find(const std::string& token, Parts parts) {
  return caught("find job", [&]() -> Result<Record> {
    Use use{parts == Parts::All ? find_ : find_state_};
    use->bindNoCopy(1, token);
    if (!use->executeStep()) {
      EVALX_TRY(const bool is_evicted, was_evicted(token));
      return fail(is_evicted ? Errc::Evicted : Errc::NotFound, "find job", token);
    }
    Record record;
    record.token = token;
    record.state = static_cast<State>(use->getColumn(0).getInt());
    record.attempt = use->getColumn(1).getUInt();
    record.deaths = use->getColumn(2).getUInt();
    record.accepted_at = from_column(use->getColumn(3).getInt64());
    record.ended_at = ended_at(use->getColumn(4));
    record.result = blob(use->getColumn(5));
    record.result_digest = use->getColumn(6).getString();
    if (contradicts_itself(record)) record.damage = "job";
    if (parts == Parts::State) return record;
    record.spec = blob(use->getColumn(7));
    record.spec_digest = use->getColumn(8).getString();
    EVALX_TRY(record.failures, failures_.of(token));
    return record;
  });
}

Result<bool> RecordTable::was_evicted(const std::string& token) {
  return caught("look up an evicted job", [&]() -> Result<bool> {
    Use use{evicted_};
    use->bindNoCopy(1, token);
    return use->executeStep();
  });
}

SQLite::Statement& RecordTable::statement_for(State state) {
  switch (state) {
    case State::Dead:
      return dead_;
    case State::Expired:
      return expired_;
    case State::Done:
    case State::Cancelled:
      return finished_;
    case State::Queued:
    case State::Leased:
      break;
  }
  return open_;
}

Result<Listing> RecordTable::list(const ListFilter& filter, Clock::WallInstant now) {
  EVALX_TRY_VOID(check_filter(filter));
  EVALX_TRY(JobId last, parse_cursor(filter.after));
  return caught("list jobs", [&]() -> Result<Listing> {
    Listing page;
    page.now = now;
    Use use{statement_for(filter.state)};
    use->bind(1, last);
    use->bind(2, kLookedAtMax);
    int looked_at = 0;
    while (page.jobs.size() < filter.limit && use->executeStep()) {
      ++looked_at;
      last = use->getColumn(0).getInt64();
      Listed job;
      job.state = static_cast<State>(use->getColumn(1).getInt());
      job.accepted_at = from_column(use->getColumn(5).getInt64());
      if (job.state != filter.state || now - job.accepted_at < filter.older_than) continue;
      job.token = use->getColumn(2).getString();
      job.attempt = use->getColumn(3).getUInt();
      job.deaths = use->getColumn(4).getUInt();
      job.ended_at = ended_at(use->getColumn(6));
      EVALX_TRY(const auto failures, failures_.of(job.token));
      if (!failures.empty()) job.last_failure = failures.back();
      page.jobs.push_back(std::move(job));
    }
    if (page.jobs.size() == filter.limit || looked_at == kLookedAtMax) {
      page.next = std::to_string(last);
    }
    return page;
  });
}

}  // namespace evalx::queue::sqlite
