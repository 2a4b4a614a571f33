#pragma once
// RoomRules: whether the limits around evalX leave programs and compilers what they need. Pure.

#include "doctor/finding.hpp"
#include "kernel/room.hpp"

namespace evalx::doctor {

struct RoomFacts {
  kernel::Room room;
  std::uint64_t sandboxes = 1;  ///< The most at one time.
  Bytes memory_budget;          ///< All programs together.
};

/// One finding for memory, processes and CPUs each, which lists every limit that was found.
Findings judge_room(const RoomFacts& facts);

}  // namespace evalx::doctor
