#pragma once
// Fleet: what the live workers of a queue can do together.

#include <cstddef>
#include <optional>

#include "queue/live_workers.hpp"
#include "worker/announcement.hpp"

namespace evalx::worker {

struct Fleet {
  std::size_t workers = 0;  ///< That live.
  std::size_t silent = 0;   ///< Of these, such as do not say what they have: of an earlier release.
  /// The others as if they were one, nullopt without any: languages that at least one has, with the
  /// versions there are, as "11.4.0, 12.2.0"; sandboxes and memory of all; of all else the weakest.
  std::optional<Announcement> together;
};

/// In `together` each version stands once, at most kVersionsShownMax of a language.
inline constexpr std::size_t kVersionsShownMax = 8;
inline constexpr std::size_t kMechanismsShownMax = 64;

Fleet unite(const queue::LiveWorkers& live);

}  // namespace evalx::worker
