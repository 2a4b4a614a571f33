#pragma once
// Machine: what can become of a job, as one pure function. A backend stores what it decides.

#include <cstdint>
#include <variant>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "queue/state.hpp"

namespace evalx::queue {

/// A point of time on the one clock of a store, since an epoch of its own. Deadlines are set and
/// compared on it alone: the clocks of workers and clients never matter.
using StoreTime = Microseconds;

/// What is stored of a job beside its spec and its result.
struct Job {
  State state = State::Queued;
  unsigned attempt = 0;     ///< Leases charged to it: a release takes its own back.
  unsigned deaths = 0;      ///< Of these, the ones whose worker died.
  std::uint64_t lease = 0;  ///< Random while Leased, else 0. Compared, never counted.
  StoreTime not_before{};   ///< While Queued: when a back-off ends.
  StoreTime not_after{};    ///< If it is Queued then, it ends; 0: it waits for ever.

  friend bool operator==(const Job&, const Job&) = default;
};

/// A job that was in flight when a worker died runs alone on its next one: if that dies too, the
/// job did it, and the innocent ones that shared the first death are cleared by their results.
enum class Lane { Normal, Quarantine };
[[nodiscard]] constexpr Lane lane_of(const Job& job) {
  return job.deaths > 0 ? Lane::Quarantine : Lane::Normal;
}

/// Whether it is too late to begin a job.
[[nodiscard]] constexpr bool is_overdue(const Job& job, StoreTime now) {
  return job.not_after > StoreTime{0} && job.not_after <= now;
}

struct Rules {
  unsigned max_attempts = 3;  ///< Faults of ours; worker deaths are counted apart.
  unsigned max_deaths = 2;
};

struct Grant {  ///< A worker takes it; if it is overdue it ends instead.
  std::uint64_t lease = 0;
};
struct Complete {  ///< Its holder has a result.
  std::uint64_t lease = 0;
};
struct Release {  ///< Its holder gives it back unharmed.
  std::uint64_t lease = 0;
};
struct Retry {  ///< Its holder met a fault of ours, which may pass.
  std::uint64_t lease = 0;
  std::uint64_t random = 0;  ///< Any 64 random bits: spreads jobs that failed together.
};
struct Reject {  ///< Its holder says that nobody can ever judge it.
  std::uint64_t lease = 0;
};
struct LoseWorker {  ///< Its holder's session ended without a word.
  std::uint64_t lease = 0;
};
struct Cancel {};   ///< A client does not want it any more.
struct Condemn {};  ///< The store finds that it can never run, e.g. because a field is missing.
struct Expire {};   ///< The store finds that it is overdue.
struct Redrive {};  ///< An operator gives a dead job another chance, however late it is.
using Change = std::variant<Grant, Complete, Release, Retry, Reject, LoseWorker, Cancel, Condemn,
                            Expire, Redrive>;

/// Where a change brings a job. A terminal state publishes a result with it; a Queued one is to be
/// handed out from `job.not_before` on.
struct Step {
  Job job;
  bool stops_holder = false;  ///< Somebody works on it who does not know yet.
};

/// Errors: LeaseLost if the change names a lease that is not the current one, or asks for a job
/// that is held or rests; Finished if the job is terminal; Errc::NotFound for a Redrive of a job
/// that is not Dead, and for an Expire of one that does not wait or is not overdue.
Result<Step> step(const Job& before, const Change& change, StoreTime now, const Rules& rules);

/// How long a job rests after its `attempt`-th attempt failed: 0.5 s doubled each time up to 30 s,
/// of which the second half is spread by `random`.
Microseconds back_off(unsigned attempt, std::uint64_t random);

}  // namespace evalx::queue
