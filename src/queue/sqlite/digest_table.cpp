#include "queue/sqlite/digest_table.hpp"

#include "queue/sqlite/job_table.hpp"

namespace evalx::queue::sqlite {

DigestTable::DigestTable(SQLite::Database& db)
    : add_spec_(db, "INSERT OR REPLACE INTO digest VALUES (?1, ?2, NULL, NULL)"),
      add_result_(db,
                  "INSERT INTO digest SELECT token, '', ?2, ?3 FROM job WHERE id = ?1 "
                  "ON CONFLICT (token) DO UPDATE SET result = excluded.result, "
                  "finished_at_us = excluded.finished_at_us"),
      of_spec_(db, "SELECT spec FROM digest WHERE token = ?1"),
      forget_(db, "DELETE FROM digest WHERE token = (SELECT token FROM job WHERE id = ?1)") {}

Result<> DigestTable::add_spec(const std::string& token, const std::string& digest) {
  return caught("add digest", [&]() -> Result<> {
    Use use{add_spec_};
    use->bindNoCopy(1, token);
    use->bindNoCopy(2, digest);
    use->exec();
    return {};
  });
}

Result<> DigestTable::add_result(JobId id, const std::string& digest, Wall finished) {
  return caught("add digest", [&]() -> Result<> {
    Use use{add_result_};
    use->bind(1, id);
    use->bindNoCopy(2, digest);
    use->bind(3, to_column(finished));
    use->exec();
    return {};
  });
}

Result<std::string> DigestTable::of_spec(const std::string& token) {
  return caught("look up digest", [&]() -> Result<std::string> {
    Use use{of_spec_};
    use->bindNoCopy(1, token);
    return use->executeStep() ? use->getColumn(0).getString() : std::string{};
  });
}

Result<> DigestTable::forget(JobId id) {
  return caught("forget digest", [&]() -> Result<> {
    Use use{forget_};
    use->bind(1, id);
    use->exec();
    return {};
  });
}

}  // namespace evalx::queue::sqlite
