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
  Microseconds gaps{};        ///< By which the supervisor woke later than it wanted.
  Microseconds own_delay{};   ///< The supervisor was ready, but other processes ran instead.
  Microseconds run_delay{};   ///< The same for the program: its thread that lost most.
  Microseconds waiter_cpu{};  ///< CPU time of that thread.
  Microseconds run_cpu{};     ///< CPU time of the run.
  kernel::Contention around;  ///< Differences.
  bool pinned = false;  ///< `around` is about the one CPU of the slot, which no other slot uses.
};

/// Waiting for other slots of this evalX, or for other threads of the run, is not lost: only as
/// much is as others used of the CPUs, or a quota forbade. A thread that always wants to run gets
/// its fair share beside others: if it got less, it gave that up itself (sched_yield(2)), and only
/// waiting of the length that its CPU time entitles it to is lost. Time in which neither supervisor
/// nor program could run, and nothing else did instead of them, is lost as a whole.
Microseconds lost_of(const LossEvidence& evidence);

/// Lives from the start of a run to its end. Runs shorter than kTick cost nothing: it measures from
/// the first tick on. A suspended machine needs no care: CLOCK_MONOTONIC, our clock, stops as well.
class LostTime {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  /// The owner wakes at least this often, so that gaps are seen.
  static constexpr std::chrono::milliseconds kTick{250};

  /// `cpu`: the only CPU of the slot; -1: any. `group` must outlive this object.
  LostTime(const kernel::RunGroup& group, int cpu, Instant start)
      : group_(group), cpu_(cpu), woke_(start) {}

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
