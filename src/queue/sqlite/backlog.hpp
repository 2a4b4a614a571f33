#pragma once
// Backlog: the queued jobs as ids, in the order of acceptance; the jobs themselves are on disk.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "queue/machine.hpp"

namespace evalx::queue::sqlite {

using JobId = std::int64_t;  ///< Grows with acceptance.

class Backlog {
 public:
  struct Waiting {
    JobId id = 0;
    Clock::Instant since;  ///< When it was last queued; for recovered jobs: when it was accepted.
    Lane lane = Lane::Normal;
    std::optional<Clock::Instant> expires{};  ///< From then on it is not leased.
  };
  /// The jobs that are leased now. They decide which jobs may be leased as well.
  struct Held {
    std::size_t jobs = 0;
    bool in_quarantine = false;  ///< One of them is in quarantine and must run alone.
  };

  void add(const Waiting& job);
  /// Not to be leased before `due`.
  void add_later(const Waiting& job, Clock::Instant due);
  void remove(JobId id);

  /// Takes the oldest job that is due at `now`. Jobs in quarantine come first, one by one: while
  /// one waits, no other job is taken until all held jobs have ended; while one is held, it runs
  /// alone.
  std::optional<Waiting> take(Clock::Instant now, const Held& held);
  /// Whether take(now, held) would return a job.
  bool has_due(Clock::Instant now, const Held& held);

  [[nodiscard]] std::size_t size() const;
  /// Waiting::since of a job; the clock's epoch if the job is not here.
  [[nodiscard]] Clock::Instant since(JobId id) const;
  [[nodiscard]] std::optional<Clock::Instant> oldest_since() const;
  /// At most `limit` overdue jobs. They stay in the backlog until remove().
  std::vector<Waiting> overdue(Clock::Instant now, std::size_t limit);
  /// When a job that is not due at `now` becomes due next, or a job becomes overdue.
  std::optional<Clock::Instant> next_due(Clock::Instant now);

 private:
  struct Later {
    Waiting job;
    Clock::Instant due;
  };
  using Line = std::map<JobId, Clock::Instant>;
  void promote(Clock::Instant now);
  void note_expiry(const Waiting& job);
  std::optional<Clock::Instant> forget_expiry(JobId id);
  std::optional<Waiting> extract(JobId id);
  /// The line that is next; null if no job may be taken.
  Line* next_line(const Held& held, Lane& lane);

  std::map<Lane, Line> due_;
  std::map<JobId, Later> later_;                 ///< Jobs in a back-off: few.
  std::multimap<Clock::Instant, JobId> by_due_;  ///< The order of later_.
  std::map<JobId, Clock::Instant> expires_;      ///< Jobs of due_ and later_ with a deadline.
  std::set<std::pair<Clock::Instant, JobId>> by_expiry_;  ///< The order of expires_.
  std::map<JobId, Waiting> overdue_;                      ///< Until their end is stored.
};

}  // namespace evalx::queue::sqlite
