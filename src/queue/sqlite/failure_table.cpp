#include "queue/sqlite/failure_table.hpp"

#include "queue/sqlite/job_table.hpp"

namespace evalx::queue::sqlite {

FailureTable::FailureTable(SQLite::Database& db)
    : add_(db, "INSERT INTO failure VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
      trim_(db,
            "DELETE FROM failure WHERE rowid IN (SELECT rowid FROM failure WHERE token = ?1 "
            "ORDER BY rowid DESC LIMIT -1 OFFSET ?2)"),
      of_(db,
          "SELECT at_us, kind, attempt, worker, cause FROM failure WHERE token = ?1 "
          "ORDER BY rowid") {}

Result<> FailureTable::add(const std::string& token, const Failure& failure) {
  return caught("add failure", [&]() -> Result<> {
    Use use{add_};
    use->bindNoCopy(1, token);
    use->bind(2, to_column(failure.at));
    use->bind(3, std::string(to_string(failure.kind)));
    use->bind(4, failure.attempt);
    use->bindNoCopy(5, failure.worker);
    use->bindNoCopy(6, failure.cause);
    use->exec();
    Use trim{trim_};
    trim->bindNoCopy(1, token);
    trim->bind(2, static_cast<int>(kFailuresKept));
    trim->exec();
    return {};
  });
}

Result<std::vector<Failure>> FailureTable::of(const std::string& token) {
  return caught("find failures", [&]() -> Result<std::vector<Failure>> {
    std::vector<Failure> failures;
    Use use{of_};
    use->bindNoCopy(1, token);
    while (use->executeStep()) {
      failures.push_back({.kind = failure_kind(use->getColumn(1).getString()),
                          .attempt = use->getColumn(2).getUInt(),
                          .cause = use->getColumn(4).getString(),
                          .worker = use->getColumn(3).getString(),
                          .at = from_column(use->getColumn(0).getInt64())});
    }
    return failures;
  });
}

}  // namespace evalx::queue::sqlite
