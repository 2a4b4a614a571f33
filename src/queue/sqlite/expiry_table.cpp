#include "queue/sqlite/expiry_table.hpp"

#include "queue/sqlite/job_table.hpp"

namespace evalx::queue::sqlite {

ExpiryTable::ExpiryTable(SQLite::Database& db)
    : add_(db, "INSERT OR REPLACE INTO expiry VALUES (?1, ?2, ?3, 0)"),
      mark_over_(db, "UPDATE expiry SET is_over = 1 WHERE id = ?1"),
      forget_(db, "DELETE FROM expiry WHERE id = ?1"),
      waiting_(db,
               "SELECT token, attempt, deaths, accepted_at_us FROM job "
               "WHERE id = ?1 AND state = 0") {}

Result<> ExpiryTable::add(JobId id, const std::string& token, Wall at) {
  return caught("add expiry", [&]() -> Result<> {
    Use use{add_};
    use->bind(1, id);
    use->bindNoCopy(2, token);
    use->bind(3, to_column(at));
    use->exec();
    return {};
  });
}

Result<> ExpiryTable::mark_over(JobId id) {
  return caught("mark expired job", [&]() -> Result<> {
    Use use{mark_over_};
    use->bind(1, id);
    use->exec();
    return {};
  });
}

Result<> ExpiryTable::forget(JobId id) {
  return caught("forget expiry", [&]() -> Result<> {
    Use use{forget_};
    use->bind(1, id);
    use->exec();
    return {};
  });
}

Result<std::optional<ExpiryTable::Waiting>> ExpiryTable::waiting(JobId id) {
  return caught("look up overdue job", [&]() -> Result<std::optional<Waiting>> {
    Use use{waiting_};
    use->bind(1, id);
    if (!use->executeStep()) return std::nullopt;
    Waiting found;
    found.token = use->getColumn(0).getString();
    found.job.attempt = use->getColumn(1).getUInt();
    found.job.deaths = use->getColumn(2).getUInt();
    found.accepted_at = from_column(use->getColumn(3).getInt64());
    return found;
  });
}

}  // namespace evalx::queue::sqlite
