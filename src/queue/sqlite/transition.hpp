#pragma once
// Transition: the state machine of a job as one pure function (reasons: reliability, P2, P5, P8).

#include <optional>

#include "queue/queue.hpp"
#include "queue/sqlite/backlog.hpp"

namespace evalx::queue::sqlite {

/// What is stored of a job beside its spec and result.
struct JobRow {
  JobId id = 0;
  State state = State::Queued;
  unsigned attempt = 0;
  unsigned deaths = 0;
  std::uint64_t lease = 0;
};

enum class Change { Complete, Release, Retry, Cancel };

struct Transition {
  State to = State::Queued;
  unsigned attempt = 0;
};

/// Where `change` brings the job, or LeaseLost, NotFound or Finished. `lease` is the one the caller
/// holds; a client that cancels holds none.
Result<Transition> decide(Change change, const std::optional<JobRow>& job, std::uint64_t lease,
                          unsigned max_attempts);

/// How long a job rests after its `attempt`-th attempt failed; `random` is any 64 random bits.
Milliseconds back_off(unsigned attempt, std::uint64_t random);

}  // namespace evalx::queue::sqlite
