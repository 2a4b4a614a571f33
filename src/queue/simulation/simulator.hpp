#pragma once
// Simulator: one seeded run of a store with its workers and clients; its result is a history.

#include "queue/simulation/checker.hpp"
#include "queue/simulation/fake_worker.hpp"

namespace evalx::queue::simulation {

struct Scenario {
  std::uint64_t seed = 0;
  Bug bug = Bug::None;
  Faults faults;
  Network::Sync sync = Network::Sync::BeforeTheAnswer;
  std::uint32_t jobs = 12;
  std::uint32_t poisons = 1;     ///< Jobs that kill their worker.
  std::uint32_t unreadable = 1;  ///< Jobs that no worker can judge.
  std::uint32_t workers = 3;
  /// The store's clock at first: all deadlines of the first half minute are at 0 or below.
  StoreTime start = std::chrono::seconds{-30};
  Microseconds chaos = std::chrono::seconds{60};  ///< Faults happen for this long.
  std::uint32_t hurried = 3;                      ///< Jobs whose waiting time is limited.
  bool clients_interfere = true;                  ///< They cancel and redrive.
};

/// Every kind of fault, each often.
Faults rough_faults();

/// The faults end after `chaos`; then the store has two minutes to finish all jobs.
History simulate(const Scenario& scenario);

}  // namespace evalx::queue::simulation
