#pragma once
// Checker: checks that a history keeps the queue's promises.

#include <string>
#include <vector>

#include "queue/simulation/history.hpp"

namespace evalx::queue::simulation {

struct Promises {
  Rules rules;
  /// A worker whose last successful renewal was sent this long ago must have stopped its programs.
  Microseconds fence = std::chrono::seconds{15};
  /// A job may be deleted this long after its acceptance.
  Microseconds retention = std::chrono::hours{24};
};

/// One broken promise: "I1 …", with the job and the observation.
using Violations = std::vector<std::string>;

/// The history must end with the Stored events, after the effects of the last fault are over:
///   I1 every accepted job has one terminal record;
///   I2 a final result never changes once it was seen, except after a Redriven;
///   I3 an idempotency key has one job;
///   I4 a job's programs never run twice at the same time; runs count until their worker's fence,
///      and none starts after it; no lease is granted twice;
///   I8 accepted = ended + open in all figures;
///   I9 no job has more attempts than the rules allow;
///   C1 an attempt begins with all parts that earlier attempts saved before they lost their leases,
///      in order, and with no part from before the job ended;
///   I13 a job with a not_after is not granted to a worker that asked for it later, and does not
///       expire before; redriving removes the limit;
///   S1 an event of a stream has the place after the one before it, or follows a "reset";
///   S2 a client gets no test twice, unless a "restarted" or "reset" came between;
///   S3 "finished" comes once, last, and with the verdict that is stored;
///   S4 a client that got "finished" got all tests of the result, as they are there;
///   A1 an accepted job is found until its retention is over;
///   A2 nothing is stored of a request whose answer says so.
/// S1 to S4 hold for each client from its first Opened to the end of the job. If the job is
/// redriven, the client must follow it again.
/// Actions of the store between `at` and `time` of a Lost event are not checked: it may have lost
/// them. The caller writes such an event only if the durability class allows the loss.
Violations check(const History& history, const Promises& promises);

}  // namespace evalx::queue::simulation
