#pragma once
// CheckpointCheck: whether later attempts of a job got all that earlier ones saved, and no more.

#include "queue/simulation/checker.hpp"

namespace evalx::queue::simulation {

/// Promise C1 of check(). A history with Lost events is not checked: after a loss, holders append
/// to other parts than before.
Violations check_checkpoints(const History& history);

}  // namespace evalx::queue::simulation
