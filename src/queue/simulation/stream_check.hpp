#pragma once
// StreamCheck: checks that each client that follows a job gets all its events, once, and its end.

#include "queue/simulation/checker.hpp"

namespace evalx::queue::simulation {

/// Promises S1 to S4 of check(). A client handles the events as docs/http-api.md describes. A
/// history with Lost events is not checked, because a loss may delete the job.
Violations check_streams(const History& history);

}  // namespace evalx::queue::simulation
