#pragma once
// LiveWorkers: the processes that lease jobs from a queue, with their announcements.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace evalx::queue {

/// A longer announcement is neither stored nor shown. Opaque to the queue.
inline constexpr std::size_t kAnnouncementBytesMax = 65'536;
/// A longer list is cut.
inline constexpr std::size_t kWorkersListedMax = 1'024;

/// A process that leases jobs.
struct LiveWorker {
  std::string session;       ///< As in Listed::worker and Failure::worker.
  std::string announcement;  ///< Empty if it announces nothing, as earlier releases do.
  /// About the start of its session; nullopt without announcement.
  std::optional<Clock::WallInstant> since;
  std::size_t jobs = 0;  ///< Jobs that it holds.
};

struct LiveWorkers {
  std::vector<LiveWorker> workers;  ///< By session; at most kWorkersListedMax.
  Clock::WallInstant now;           ///< On the store's clock.
};

}  // namespace evalx::queue
