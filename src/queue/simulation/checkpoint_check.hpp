#pragma once
// CheckpointCheck: whether those who got a job later got what had been saved, and nothing else.

#include "queue/simulation/checker.hpp"

namespace evalx::queue::simulation {

/// Promise C1 of check(). A history with Lost events is not judged: what a store forgets, its
/// holders save on top of something else.
Violations check_checkpoints(const History& history);

}  // namespace evalx::queue::simulation
