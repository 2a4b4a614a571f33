#include "queue/sqlite/callback_records.hpp"

#include <charconv>

#include "queue/sqlite/job_table.hpp"

namespace evalx::queue::sqlite {
namespace {

/// A reader may meet a store that only an older evalx has opened: it has no such table.
std::string rows_of(SQLite::Database& db) {
  const std::string columns =
      "token, state, round, attempt, lane, target, since_us, due_us, ended_us, words";
  if (db.tableExists("callback")) return "SELECT " + columns + " FROM callback ";
  return "SELECT " + columns +
         " FROM (SELECT '' AS token, 0 AS state, 0 AS round, 0 AS attempt, '' AS lane, '' AS "
         "target, 0 AS since_us, 0 AS due_us, 0 AS ended_us, '' AS words WHERE false) ";
}

std::optional<Clock::WallInstant> instant_in(const SQLite::Column& column) {
  if (column.isNull()) return std::nullopt;
  return from_column(column.getInt64());
}

ListedCallback listed(Use& use) {
  ListedCallback callback;
  callback.token = use->getColumn(0).getString();
  callback.state = static_cast<CallbackState>(use->getColumn(1).getInt());
  callback.round = use->getColumn(2).getUInt();
  callback.attempt = use->getColumn(3).getUInt();
  callback.lane = use->getColumn(4).getString();
  callback.target = blob(use->getColumn(5));
  callback.since = instant_in(use->getColumn(6));
  callback.due = instant_in(use->getColumn(7));
  callback.ended_at = instant_in(use->getColumn(8));
  callback.words = use->getColumn(9).getString();
  return callback;
}

/// The time and the token after which a page begins: "TIME TOKEN". Errors: invalid_argument.
Result<std::pair<std::int64_t, std::string>> place_after(const std::string& after) {
  std::pair<std::int64_t, std::string> cursor{INT64_MIN, ""};
  if (after.empty()) return cursor;
  const std::size_t blank = after.find(' ');
  const char* const end = after.data() + std::min(blank, after.size());
  const auto parsed = std::from_chars(after.data(), end, cursor.first);
  if (blank == std::string::npos || parsed.ec != std::errc{} || parsed.ptr != end) {
    return fail(std::make_error_code(std::errc::invalid_argument),
                "list callbacks: after must be the end of an earlier page");
  }
  cursor.second = after.substr(blank + 1);
  return cursor;
}

}  // namespace

CallbackRecords::CallbackRecords(SQLite::Database& db)
    : waiting_(db, rows_of(db) +
                       "WHERE state BETWEEN 1 AND 2 AND (since_us, token) > (?1, ?2) "
                       "ORDER BY since_us, token LIMIT ?3"),
      dead_(db, rows_of(db) +
                    "WHERE state = 4 AND (ended_us, token) > (?1, ?2) "
                    "ORDER BY ended_us, token LIMIT ?3"),
      find_(db, rows_of(db) + "WHERE token = ?1") {}

Result<std::unique_ptr<CallbackRecords>> CallbackRecords::prepare(Database& database) {
  return caught("prepare", [&]() -> Result<std::unique_ptr<CallbackRecords>> {
    return std::unique_ptr<CallbackRecords>{new CallbackRecords(database.connection())};
  });
}

Result<CallbackListing> CallbackRecords::list(const CallbackFilter& filter,
                                              Clock::WallInstant now) {
  EVALX_TRY_VOID(check_filter(filter));
  EVALX_TRY(const auto cursor, place_after(filter.after));
  const bool of_dead = filter.which == CallbackFilter::Which::Dead;
  return caught("list callbacks", [&]() -> Result<CallbackListing> {
    CallbackListing page;
    page.now = now;
    Use use{of_dead ? dead_ : waiting_};
    use->bind(1, cursor.first);
    use->bindNoCopy(2, cursor.second);
    use->bind(3, static_cast<std::int64_t>(filter.limit));
    while (use->executeStep()) page.callbacks.push_back(listed(use));
    if (page.callbacks.size() == filter.limit) {
      const ListedCallback& last = page.callbacks.back();
      const auto score = of_dead ? last.ended_at : last.since;
      page.next = std::to_string(score ? to_column(*score) : 0) + " " + last.token;
    }
    return page;
  });
}

Result<ListedCallback> CallbackRecords::find(const std::string& token) {
  return caught("find callback", [&]() -> Result<ListedCallback> {
    Use use{find_};
    use->bindNoCopy(1, token);
    if (!use->executeStep()) return fail(Errc::NotFound, "find callback", token);
    return listed(use);
  });
}

}  // namespace evalx::queue::sqlite
