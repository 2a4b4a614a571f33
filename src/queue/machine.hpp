#pragma once
// Machine: the states of a job and their changes, as one pure function. A backend stores what it
// returns.

#include <cstdint>
#include <optional>
#include <variant>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "queue/state.hpp"

namespace evalx::queue {

/// A time on the store's own clock, since an epoch of its own. Deadlines are set and compared on
/// this clock alone: the clocks of workers and clients never matter. Any value is a time, also 0
/// and below: a machine that has just started may have deadlines from before.
using StoreTime = Microseconds;

/// The state of a job, stored beside its spec and its result.
struct Job {
  State state = State::Queued;
  unsigned attempt = 0;  ///< Leases charged to it; a release is not. A redrive sets it to `deaths`.
  unsigned deaths = 0;   ///< Attempts whose worker died; a redrive leaves max_deaths - 1 at most.
  std::uint64_t lease = 0;  ///< Random while Leased, otherwise 0. Compared, never counted.
  std::optional<StoreTime> not_before{};  ///< While Queued: when a back-off ends, if there is one.
  std::optional<StoreTime> not_after{};   ///< If it is Queued then or later, it expires.

  friend bool operator==(const Job&, const Job&) = default;
};

/// A job that was running when its worker died goes into quarantine: it runs alone on the next
/// worker. If that worker dies too, this job is the cause. The other jobs of the first worker run
/// alone in turn, and are cleared by their results.
enum class Lane { Normal, Quarantine };
[[nodiscard]] constexpr Lane lane_of(const Job& job) {
  return job.deaths > 0 ? Lane::Quarantine : Lane::Normal;
}

/// Whether it is too late to begin a job.
[[nodiscard]] constexpr bool is_overdue(const Job& job, StoreTime now) {
  return job.not_after && *job.not_after <= now;
}

struct Rules {
  unsigned max_attempts = 3;  ///< Attempts that may end by a fault of ours; deaths do not count.
  unsigned max_deaths = 3;    ///< Within death_window; older ones are forgiven.
  /// The longest back-off after a job's first fault, and after each later one. Its second half is
  /// random. Three attempts take two minutes at least, so that a fault has time to pass.
  Microseconds first_back_off = std::chrono::seconds{10};
  Microseconds next_back_off = std::chrono::minutes{4};
  std::chrono::hours death_window{72};
};

/// The changes. `lease` is the one under which the job is held; for a Grant, the new one.
struct Grant {  ///< A worker leases it. If it is overdue, it expires instead.
  std::uint64_t lease = 0;
  /// The job has not failed on this worker: it does not wait for the end of the back-off.
  bool is_elsewhere = false;
};
struct Complete {  ///< Its holder has a result.
  std::uint64_t lease = 0;
};
struct Release {  ///< Its holder returns it; no attempt is charged.
  std::uint64_t lease = 0;
};
struct Retry {  ///< Its holder met a fault of ours, which may be temporary.
  std::uint64_t lease = 0;
  std::uint64_t random = 0;  ///< 64 random bits, to spread jobs that failed together.
};
struct Reject {  ///< Its holder reports that no worker can ever judge it.
  std::uint64_t lease = 0;
};
struct LoseWorker {  ///< Its holder's session expired.
  std::uint64_t lease = 0;
  unsigned old_deaths = 0;  ///< Deaths of the job that are older than Rules::death_window.
};
struct Cancel {};   ///< A client cancels it.
struct Condemn {};  ///< The stored job is damaged, e.g. a field is missing.
struct Expire {};   ///< It is overdue.
struct Redrive {};  ///< An operator queues a dead job again, even if it is overdue.
using Change = std::variant<Grant, Complete, Release, Retry, Reject, LoseWorker, Cancel, Condemn,
                            Expire, Redrive>;

/// The lease that the change names; 0 if it names none.
std::uint64_t lease_of(const Change& change);

/// The job after a change. If it is terminal, the caller publishes its result. If it is Queued, it
/// may be leased from `job.not_before` on.
struct Step {
  Job job;
  bool stops_holder = false;  ///< Its holder still runs it and must be asked to stop.
};

/// Errors: LeaseLost if the change names a lease that is not the current one, also of a terminal
/// job, or is a Grant of a job that is leased or in a back-off; Finished for a Grant, Cancel,
/// Condemn or Expire of a terminal job; NotFound for a Redrive of a job that is not Dead, and for
/// an Expire of a job that is leased or not overdue.
Result<Step> step(const Job& before, const Change& change, StoreTime now, const Rules& rules);

/// The back-off after a job's `faults`-th fault: half of what `rules` say, and a random part of the
/// other half, by `random`, which spreads jobs that failed together.
Microseconds back_off(unsigned faults, std::uint64_t random, const Rules& rules);

}  // namespace evalx::queue
