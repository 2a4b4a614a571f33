#pragma once
// FleetSummary: the live workers of a queue as if they were one, computed from their announcements.

#include <cstddef>
#include <optional>

#include "queue/live_workers.hpp"
#include "worker/announcement.hpp"

namespace evalx::worker {

struct FleetSummary {
  std::size_t workers = 0;  ///< Live workers.
  std::size_t silent = 0;  ///< Workers without a readable announcement, e.g. of an earlier release.
  /// All others as if they were one worker; nullopt if there are none. Languages: those that at
  /// least one worker has, with each version found ("11.4.0, 12.2.0"). Sandboxes and memory: the
  /// sum. Everything else: the weakest worker's.
  std::optional<Announcement> together;
};

/// Maximum number of versions that `together` lists for a language, and for evalX.
inline constexpr std::size_t kVersionsShownMax = 8;
inline constexpr std::size_t kMechanismsShownMax = 64;

FleetSummary summarize(const queue::LiveWorkers& live);

}  // namespace evalx::worker
