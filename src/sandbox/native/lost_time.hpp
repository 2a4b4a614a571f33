#pragma once
// LostTime: measures how much time a run lost to others: to a quota or a memory limit of an
// enclosing group, to other processes of the machine, to the hypervisor, and while everything was
// frozen.

#include <chrono>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "kernel/cgroup/run_group.hpp"

namespace evalx::sandbox::native {

/// A run whose wall limit is reached gets the time that it lost, but at most this many limits.
inline constexpr int kMostLimitsGranted = 2;

/// The events between two moments of a run.
struct LossEvidence {
  Microseconds gaps{};       ///< By which the supervisor woke later than it wanted.
  Microseconds own_delay{};  ///< The supervisor was ready, but other processes ran instead.
  Microseconds run_delay{};  ///< The same for the program: its thread that lost most.
  Microseconds entitled = Microseconds::max();  ///< The part of it that is not its own doing.
  Microseconds run_cpu{};                       ///< CPU time of the run.
  kernel::Contention around;                    ///< Differences.
  bool pinned = false;  ///< `around` is about the one CPU of the slot, which no other slot uses.
};

/// Waiting for other slots of this evalX, or for other threads of the run, is not lost: only as
/// much is as others used of the CPUs, or a quota forbade, and as the thread is entitled to. Time
/// in which neither supervisor nor program could run, and nothing else did instead of them, is lost
/// as a whole.
Microseconds lost_of(const LossEvidence& evidence);

/// How long a thread waited through no doing of its own, at most. One that calls sched_yield(2) in
/// a loop is always ready and runs nearly never: its turns are short although it did not block.
/// It may then have waited as long as it `ran` for each of the `crowd` that wants its CPU, because
/// it would have had that share. `switches`: how often it ceased to run without blocking, the
/// nonvoluntary_ctxt_switches of proc(5).
Microseconds entitled_wait(Microseconds ran, std::uint64_t switches, double crowd);

/// Lives from the start of a run to its end. Runs shorter than kTick cost nothing: it measures from
/// the first tick on. A suspended machine needs no care: CLOCK_MONOTONIC, our clock, stops as well.
class LostTime {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  /// The owner wakes at least this often, so that gaps are seen.
  static constexpr std::chrono::milliseconds kTick{250};

  /// `cpu`: the only CPU of the slot; -1: any. `group` must outlive this object.
  LostTime(const kernel::RunGroup& group, int cpu, Instant start)
      : group_(group), cpu_(cpu), start_(start), woke_(start) {}

  /// At each wake-up of the owner, which wanted to sleep until `wanted` at the latest.
  void woke(Instant now, Instant wanted);
  /// Lost since the start, while the run lives.
  [[nodiscard]] Microseconds now() const;
  /// The same after its end: nothing is known any more of how long its threads waited, so all that
  /// they did not use may have been waiting.
  [[nodiscard]] Microseconds at_end(Microseconds wall) const;

 private:
  [[nodiscard]] LossEvidence evidence() const;

  const kernel::RunGroup& group_;
  int cpu_;
  Instant start_;
  Instant woke_;
  Microseconds gaps_{};
  bool measures_ = false;  ///< The members below are set.
  Instant next_look_{};
  Microseconds own_delay_{};
  kernel::Contention around_;
  double crowd_ = 1;  ///< The largest that was seen.
  Microseconds run_cpu_{};
};

}  // namespace evalx::sandbox::native
