#pragma once
// CheckpointCheck: checks that later attempts of a job got all parts that earlier ones saved, and
// no others.

#include "queue/simulation/checker.hpp"

namespace evalx::queue::simulation {

/// Promise C1 of check(). A history with Lost events is not checked, because a loss may delete some
/// of the parts that a holder continues from.
Violations check_checkpoints(const History& history);

}  // namespace evalx::queue::simulation
