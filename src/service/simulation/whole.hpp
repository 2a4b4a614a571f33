#pragma once
// Whole: one seeded run of a server and its clients, with crashes, power cuts and wrong clocks; its result is a history.

#include "queue/simulation/checker.hpp"
#include "service/simulation/planted.hpp"

namespace evalx::service::simulation {

using queue::simulation::History;
using queue::simulation::Violations;

struct Scenario {
  std::uint64_t seed = 0;
  Bug bug = Bug::None;
  unsigned jobs = 6;
  unsigned chaos_s = 40;  ///< Faults happen for this long.
};

struct Outcome {
  History history;
  /// The promises that the history breaks, and those of the server itself: W1 it starts and serves,
  /// W2 it comes to rest, W3 it finds no loss where there is none.
  Violations violations;
};

/// After the faults the server has eight minutes to finish all jobs. Then five more minutes pass, so that
/// the event streams are deleted, and each job is followed once more.
Outcome simulate_server(const Scenario& scenario);

}  // namespace evalx::service::simulation
