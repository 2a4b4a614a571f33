#pragma once
// Backlog: the jobs that wait, as ids in the order of their acceptance; what they are is on disk.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>

#include "base/clock.hpp"

namespace evalx::queue::sqlite {

using JobId = std::int64_t;  ///< Grows with acceptance.

class Backlog {
 public:
  struct Waiting {
    JobId id = 0;
    Clock::Instant since;  ///< Accepted, or last given back.
  };

  void add(JobId id, Clock::Instant since) { due_.emplace(id, since); }
  /// Not to be leased before `due`.
  void add_later(JobId id, Clock::Instant since, Clock::Instant due);
  void remove(JobId id);

  /// Takes the oldest job that is due at `now`.
  std::optional<Waiting> take(Clock::Instant now);
  /// Whether take(now) would yield one.
  bool has_due(Clock::Instant now);

  [[nodiscard]] std::size_t size() const { return due_.size() + later_.size(); }
  [[nodiscard]] std::optional<Clock::Instant> oldest_since() const;
  /// When the next of the jobs that are not due at `now` becomes so.
  std::optional<Clock::Instant> next_due(Clock::Instant now);

 private:
  struct Later {
    Clock::Instant since, due;
  };
  void promote(Clock::Instant now);

  std::map<JobId, Clock::Instant> due_;
  std::map<JobId, Later> later_;                 ///< Few: those in a back-off.
  std::multimap<Clock::Instant, JobId> by_due_;  ///< The order of later_.
};

}  // namespace evalx::queue::sqlite
