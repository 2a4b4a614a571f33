#include "queue/sqlite/checkpoint_table.hpp"

#include "queue/checkpoint.hpp"

namespace evalx::queue::sqlite {

// A job's parts are in the order of their rowids: a new rowid is above all existing ones.
CheckpointTable::CheckpointTable(SQLite::Database& db)
    : add_(db, "INSERT INTO checkpoint VALUES (?1, ?2)"),
      size_(db, "SELECT coalesce(sum(length(body)), 0) FROM checkpoint WHERE token = ?1"),
      of_(db, "SELECT body FROM checkpoint WHERE token = ?1 ORDER BY rowid"),
      forget_(db, "DELETE FROM checkpoint WHERE token = (SELECT token FROM job WHERE id = ?1)") {}

Result<bool> CheckpointTable::add(const std::string& token, const std::string& part) {
  return caught("add checkpoint", [&]() -> Result<bool> {
    Use size{size_};
    size->bindNoCopy(1, token);
    size->executeStep();
    const auto kept = static_cast<std::uint64_t>(size->getColumn(0).getInt64());
    if (kept + part.size() > kCheckpointBytesMax) return false;
    Use use{add_};
    use->bindNoCopy(1, token);
    use->bindNoCopy(2, static_cast<const void*>(part.data()), static_cast<int>(part.size()));
    use->exec();
    return true;
  });
}

Result<std::vector<std::string>> CheckpointTable::of(const std::string& token) {
  return caught("find checkpoint", [&]() -> Result<std::vector<std::string>> {
    std::vector<std::string> parts;
    Use use{of_};
    use->bindNoCopy(1, token);
    while (use->executeStep()) parts.push_back(blob(use->getColumn(0)));
    return parts;
  });
}

Result<> CheckpointTable::forget(std::int64_t job) {
  return caught("forget checkpoint", [&]() -> Result<> {
    Use use{forget_};
    use->bind(1, job);
    use->exec();
    return {};
  });
}

}  // namespace evalx::queue::sqlite
