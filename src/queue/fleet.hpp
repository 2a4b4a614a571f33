#pragma once
// Fleet: the live workers of a queue, and what each tells of itself.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace evalx::queue {

/// A longer one is not taken, and not shown. A queue does not know what it means.
inline constexpr std::size_t kAnnouncementBytesMax = 65'536;
/// More are not told of.
inline constexpr std::size_t kWorkersToldMax = 1'024;

/// A process that leases jobs.
struct LiveWorker {
  std::string session;       ///< As in Listed::worker and Failure::worker.
  std::string announcement;  ///< Empty: it says nothing of itself, as an earlier release.
  std::optional<Clock::WallInstant> since;  ///< Of its session; nullopt if it says nothing.
  std::size_t jobs = 0;                     ///< That it holds.
};

struct Fleet {
  std::vector<LiveWorker> workers;  ///< By session; at most kWorkersToldMax.
  Clock::WallInstant now;           ///< On the store's clock.
};

}  // namespace evalx::queue
