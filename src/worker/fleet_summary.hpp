#pragma once
// FleetSummary: what the live workers of a queue can do together, computed from their
// announcements.

#include <cstddef>
#include <optional>

#include "queue/live_workers.hpp"
#include "worker/announcement.hpp"

namespace evalx::worker {

struct FleetSummary {
  std::size_t workers = 0;  ///< Live workers.
  std::size_t silent = 0;   ///< Those without a readable announcement: of an earlier release.
  /// All others as if they were one worker; nullopt if there are none. Languages: those that at
  /// least one worker has, with each version found ("11.4.0, 12.2.0"). Sandboxes and memory: the
  /// sum. Everything else: the weakest worker's.
  std::optional<Announcement> together;
};

/// Versions that `together` lists, for each language and for evalX; the rest is left out.
inline constexpr std::size_t kVersionsShownMax = 8;
inline constexpr std::size_t kMechanismsShownMax = 64;

FleetSummary summarize(const queue::LiveWorkers& live);

}  // namespace evalx::worker
