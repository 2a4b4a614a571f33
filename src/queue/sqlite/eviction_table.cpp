#include "queue/sqlite/eviction_table.hpp"

#include "queue/eviction.hpp"
#include "queue/sqlite/job_table.hpp"

namespace evalx::queue::sqlite {
namespace {

/// SQL for kept_bytes() of the job `id`.
std::string bytes_of(const std::string& id) {
  return "(" + std::to_string(kRecordBytes) +
         " + coalesce((SELECT length(body) FROM spec WHERE spec.id = " + id +
         "), 0) + coalesce((SELECT length(body) FROM result WHERE result.id = " + id + "), 0))";
}

}  // namespace

EvictionTable::EvictionTable(SQLite::Database& db)
    : add_(db, "UPDATE kept SET bytes = bytes + " + bytes_of("?1")),
      subtract_(db, "UPDATE kept SET bytes = max(0, bytes - " + bytes_of("?1") + ")"),
      bytes_(db, "SELECT bytes FROM kept"),
      oldest_(db, "SELECT id, token, finished_at_us, " + bytes_of("job.id") +
                      " FROM job WHERE finished_at_us < "
                      "(SELECT max(finished_at_us) FROM job WHERE finished_at_us IS NOT NULL) "
                      "AND NOT EXISTS (SELECT 1 FROM callback WHERE callback.token = job.token "
                      "AND callback.state BETWEEN 1 AND 2) "
                      "ORDER BY finished_at_us LIMIT ?1"),
      remember_(db, "INSERT OR REPLACE INTO evicted VALUES (?1, ?2)"),
      remembers_(db, "SELECT 1 FROM evicted WHERE token = ?1"),
      forget_(db, "DELETE FROM evicted WHERE token = ?1"),
      forget_old_(db,
                  "DELETE FROM evicted WHERE token IN "
                  "(SELECT token FROM evicted WHERE until_us <= ?1 LIMIT ?2)"),
      forget_surplus_(db,
                      "DELETE FROM evicted WHERE token IN (SELECT token FROM evicted "
                      "ORDER BY until_us LIMIT "
                      "max(0, min(?1, (SELECT count(*) FROM evicted) - ?2)))") {}

Result<> EvictionTable::add(JobId id) {
  return caught("count a result", [&]() -> Result<> {
    Use use{add_};
    use->bind(1, id);
    use->exec();
    return {};
  });
}

Result<> EvictionTable::subtract(JobId id) {
  return caught("count a result", [&]() -> Result<> {
    Use use{subtract_};
    use->bind(1, id);
    use->exec();
    return {};
  });
}

Result<std::uint64_t> EvictionTable::bytes() {
  return caught("count results", [&]() -> Result<std::uint64_t> {
    Use use{bytes_};
    if (!use->executeStep()) return std::uint64_t{0};
    return static_cast<std::uint64_t>(use->getColumn(0).getInt64());
  });
}

Result<std::vector<EvictionTable::Oldest>> EvictionTable::oldest(int limit) {
  return caught("find the oldest results", [&]() -> Result<std::vector<Oldest>> {
    std::vector<Oldest> found;
    Use use{oldest_};
    use->bind(1, limit);
    while (use->executeStep()) {
      found.push_back({use->getColumn(0).getInt64(), use->getColumn(1).getString(),
                       from_column(use->getColumn(2).getInt64()),
                       static_cast<std::uint64_t>(use->getColumn(3).getInt64())});
    }
    return found;
  });
}

Result<> EvictionTable::remember(const std::string& token, Wall until) {
  return caught("remember an evicted job", [&]() -> Result<> {
    Use use{remember_};
    use->bindNoCopy(1, token);
    use->bind(2, to_column(until));
    use->exec();
    return {};
  });
}

Result<bool> EvictionTable::remembers(const std::string& token) {
  return caught("look up an evicted job", [&]() -> Result<bool> {
    Use use{remembers_};
    use->bindNoCopy(1, token);
    return use->executeStep();
  });
}

Result<bool> EvictionTable::forget(const std::string& token) {
  return caught("forget an evicted job", [&]() -> Result<bool> {
    Use use{forget_};
    use->bindNoCopy(1, token);
    return use->exec() > 0;
  });
}

Result<int> EvictionTable::forget_old(Wall now, int limit) {
  return caught("forget evicted jobs", [&]() -> Result<int> {
    Use use{forget_old_};
    use->bind(1, to_column(now));
    use->bind(2, limit);
    return use->exec();
  });
}

Result<> EvictionTable::forget_surplus(int limit) {
  return caught("forget evicted jobs", [&]() -> Result<> {
    Use use{forget_surplus_};
    use->bind(1, limit);
    use->bind(2, kEvictedRemembered);
    use->exec();
    return {};
  });
}

Result<> count_kept(SQLite::Database& db, std::int64_t epoch) {
  return caught("count results", [&]() -> Result<> {
    if (db.execAndGet("SELECT epoch FROM kept").getInt64() != epoch - 1) {
      db.exec("UPDATE kept SET bytes = (SELECT coalesce(sum(" + bytes_of("job.id") +
              "), 0) FROM job WHERE finished_at_us IS NOT NULL)");
    }
    SQLite::Statement counted{db, "UPDATE kept SET epoch = ?1"};
    counted.bind(1, epoch);
    counted.exec();
    return {};
  });
}

}  // namespace evalx::queue::sqlite
