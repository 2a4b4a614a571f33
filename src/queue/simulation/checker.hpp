#pragma once
// Checker: whether a history keeps what the queue promises.

#include <string>
#include <vector>

#include "queue/simulation/history.hpp"

namespace evalx::queue::simulation {

struct Promises {
  Rules rules;
  Microseconds fence = std::chrono::seconds{15};  ///< From the sending of a session's last renewal.
};

/// One broken promise: "I1 …", with the job and what was seen.
using Violations = std::vector<std::string>;

/// The history must end with the Stored events, after the last fault has had its time to heal:
///   I1 every accepted job has one terminal record;
///   I2 a final result never changes once somebody knew it, but by a Redriven between;
///   I3 an idempotency key has one job;
///   I4 a job's programs never run twice at a time, not counting what runs past its worker's fence,
///      after which nothing is started; no lease is given twice;
///   I8 accepted = ended + open in all figures;
///   I9 no job has more attempts than the rules allow;
///   C1 an attempt begins with all that earlier ones had saved when they lost their leases, in
///      order, and with nothing from before the job ended;
///   I13 a job whose acceptance tells until when it may wait is not given to a worker who asked for
///       it then or later, and has not expired before; an operator who redrives it lifts that.
/// What a store did between `at` and `time` of a Lost event does not count: what a durability class
/// may lose is the business of the caller, who writes no such event if it may lose nothing.
Violations check(const History& history, const Promises& promises);

}  // namespace evalx::queue::simulation
