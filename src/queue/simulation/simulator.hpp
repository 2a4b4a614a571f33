#pragma once
// Simulator: one seeded life of a store with its workers and clients, told as a history.

#include "queue/simulation/checker.hpp"
#include "queue/simulation/fake_worker.hpp"

namespace evalx::queue::simulation {

struct Scenario {
  std::uint64_t seed = 0;
  Bug bug = Bug::None;
  Faults faults;
  Network::Sync sync = Network::Sync::BeforeTheAnswer;
  std::uint32_t jobs = 12;
  std::uint32_t poisons = 1;
  std::uint32_t unreadable = 1;
  std::uint32_t workers = 3;
  Microseconds chaos = std::chrono::seconds{60};
  std::uint32_t hurried = 3;      ///< Jobs that may not wait for ever.
  bool clients_interfere = true;  ///< They cancel and redrive.
};

/// Everything that can go wrong, often.
Faults rough_faults();

/// The faults end after `chaos`; then the store has two minutes to come to rest.
History simulate(const Scenario& scenario);

}  // namespace evalx::queue::simulation
