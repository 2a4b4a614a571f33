#pragma once
// Recovery: what an owner does to the stored jobs at its start, before any call.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "queue/sqlite/job_table.hpp"
#include "queue/sqlite/record_table.hpp"

namespace evalx::queue::sqlite {

struct RecoveryRules {
  Rules rules;
  std::function<std::string(const Record&)> dead_result;
  Milliseconds check_patience{300};
  std::uint64_t tally = 0;  ///< Tally::found().
};

/// The name of an owner from its start to the next start, e.g. "epoch 7"; as in Failure::worker.
std::string owner_name(std::int64_t epoch);

struct Recovered {
  struct Open {
    JobId id = 0;
    Clock::WallInstant accepted_at;
    Lane lane = Lane::Normal;
    std::optional<Clock::WallInstant> expires_at;
  };
  std::vector<Open> queued;
  std::vector<CallbackTable::Open> callbacks;  ///< Those that wait.
  std::size_t given_back = 0;  ///< Jobs that were leased when the last owner ended: queued again.
  std::size_t dead = 0;        ///< Jobs with too many deaths, and damaged ones: Dead now.
  std::int64_t epoch = 0;
  std::uint64_t accepted = 0;  ///< Jobs that were ever accepted.
  std::uint64_t vanished = 0;  ///< Those of them that the database has lost.
};

/// Takes the store over: leased jobs are queued again, or dead if their workers died too often.
/// One transaction; also marks the store as unclean until JobTable::mark_clean.
Result<Recovered> recover(Database& database, JobTable& jobs, const RecoveryRules& rules,
                          Clock::WallInstant now);

}  // namespace evalx::queue::sqlite
