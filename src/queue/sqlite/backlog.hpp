#pragma once
// Backlog: the jobs that wait, as ids in the order of their acceptance; what they are is on disk.

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
    Clock::Instant since;  ///< Accepted, or last given back.
    Lane lane = Lane::Normal;
    Clock::Instant expires = Clock::Instant::max();  ///< From then on it is not handed out.
  };
  /// What is leased already decides what may be leased beside it.
  struct Held {
    std::size_t jobs = 0;
    bool in_quarantine = false;  ///< The one that is held is to be alone.
  };

  void add(const Waiting& job);
  /// Not to be leased before `due`.
  void add_later(const Waiting& job, Clock::Instant due);
  void remove(JobId id);

  /// Takes the oldest job that is due at `now`. Those in quarantine come first, one by one: while
  /// one waits, what is held is let end, and while one is held, it is alone.
  std::optional<Waiting> take(Clock::Instant now, const Held& held);
  /// Whether take(now, held) would yield one.
  bool has_due(Clock::Instant now, const Held& held);

  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::optional<Clock::Instant> oldest_since() const;
  /// At most `limit` of those that have waited for too long; they stay until they are removed.
  std::vector<Waiting> overdue(Clock::Instant now, std::size_t limit);
  /// When the next of the jobs that are not due at `now` becomes so, or one becomes overdue.
  std::optional<Clock::Instant> next_due(Clock::Instant now);

 private:
  struct Later {
    Waiting job;
    Clock::Instant due;
  };
  using Line = std::map<JobId, Clock::Instant>;
  void promote(Clock::Instant now);
  void note_expiry(const Waiting& job);
  Clock::Instant forget_expiry(JobId id);
  std::optional<Waiting> extract(JobId id);
  /// Whose turn it is; null if nobody's.
  Line* next_line(const Held& held, Lane& lane);

  std::map<Lane, Line> due_;
  std::map<JobId, Later> later_;                          ///< Few: those in a back-off.
  std::multimap<Clock::Instant, JobId> by_due_;           ///< The order of later_.
  std::map<JobId, Clock::Instant> expires_;               ///< Of those of due_ and later_ that do.
  std::set<std::pair<Clock::Instant, JobId>> by_expiry_;  ///< The order of expires_.
  std::map<JobId, Waiting> overdue_;                      ///< Until the store knows.
};

}  // namespace evalx::queue::sqlite
