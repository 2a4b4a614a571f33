#pragma once
// Watch: watches the limits of one run until all its processes are dead.

#include <chrono>
#include <cstddef>
#include <optional>

#include "base/result.hpp"
#include "kernel/fd.hpp"
#include "sandbox/native/capture.hpp"
#include "sandbox/native/child.hpp"
#include "sandbox/native/lost_time.hpp"
#include "sandbox/native/protocol.hpp"
#include "sandbox/native/run.hpp"
#include "sandbox/sandbox.hpp"

namespace evalx::sandbox::native {

using Instant = std::chrono::steady_clock::time_point;

/// From the clone of the init to the exec. The steps in between are ours, and take microseconds.
inline constexpr std::chrono::seconds kStartDeadline{30};

/// Watches one run, and records why it ends it.
class Watch {
 public:
  Watch(const RunContext& context, const Run& request, const ChildPlan& plan, kernel::Fd init_pidfd,
        Capture* out, Capture* err)
      : context_(context),
        request_(request),
        plan_(plan),
        init_(std::move(init_pidfd)),
        out_(out),
        err_(err),
        lost_(*context.group, context.cpu, Instant::clock::now()),
        start_deadline_(Instant::clock::now() + kStartDeadline),
        wall_deadline_(
            std::min(start_deadline_, Instant::clock::now() + request.limits.wall_time)) {}

  /// Returns true when the init, and with it every process of the run, is dead; false if they are
  /// still dying a grace after their kill.
  Result<bool> until_dead_or_late();
  /// After false: returns when all are dead.
  Result<> until_dead();
  [[nodiscard]] std::optional<Cause> killed_for() const { return killed_for_; }
  /// It was killed because it did not come as far as its exec.
  [[nodiscard]] bool was_not_started() const { return killed_ && !killed_for_; }
  /// The time that the run lost to others, as far as its wall limit was extended by it.
  [[nodiscard]] Microseconds granted() const { return granted_; }
  /// It lost so much that it may have reached its wall limit for that reason.
  [[nodiscard]] bool lost_much() const { return 2 * lost_time_ >= request_.limits.wall_time; }
  /// Once the run is dead: grants a run that ended itself after `wall` what it lost until then.
  void grant_at_end(Microseconds wall);

 private:
  enum Slot : std::size_t { kInit, kControl, kTrap, kOut, kErr, kMemory, kSlots };

  std::chrono::nanoseconds patience();
  void look_at_wall_clock();
  void grant(Microseconds lost);
  Result<> look_at_cpu();
  Result<> pump();
  void kill(std::optional<Cause> cause);

  const RunContext& context_;
  const Run& request_;
  const ChildPlan& plan_;
  kernel::Fd init_;
  Capture* out_;
  Capture* err_;
  LostTime lost_;
  Microseconds lost_time_{};
  Microseconds granted_{};
  Instant start_deadline_;
  Instant wall_deadline_;
  Instant next_cpu_check_ = Instant::clock::now();
  bool killed_ = false;
  std::optional<Cause> killed_for_;  ///< Empty after a kill because of a fault of ours.
};

}  // namespace evalx::sandbox::native
