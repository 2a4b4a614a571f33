#include "sandbox/native/watch.hpp"

#include <poll.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "kernel/child.hpp"
#include "kernel/raw_syscall.hpp"

namespace evalx::sandbox::native {
namespace {

using std::chrono::nanoseconds;

/// CPU time is checked at the earliest time at which it can be used up, but not more often than
/// this.
constexpr nanoseconds kLeastCpuCheck = std::chrono::microseconds{500};
/// If a killed run is still alive after this, its answer is given, and its slot is given up.
constexpr std::chrono::milliseconds kDeathGrace{500};

Instant now() {
  return std::chrono::steady_clock::now();
}

}  // namespace

/// The first reason is kept: later ones may be consequences of the kill.
void Watch::kill(std::optional<Cause> cause) {
  if (killed_) return;
  killed_ = true;
  killed_for_ = cause;
  wall_deadline_ = now() + kDeathGrace;
  kernel::raw_syscall(SYS_pidfd_send_signal, init_.get(), SIGKILL, nullptr, 0);
  context_.group->kill();
}

Result<> Watch::look_at_cpu() {
  EVALX_TRY(const Microseconds used, context_.group->cpu_time());
  const Microseconds limit = request_.limits.cpu_time;
  if (used >= limit) {
    kill(Cause::CpuTime);
    return {};
  }
  const unsigned burners = std::min(context_.cpus, request_.limits.processes);
  const nanoseconds earliest = nanoseconds{limit - used} / std::max(burners, 1U);
  next_cpu_check_ = now() + std::max(earliest, kLeastCpuCheck);
  return {};
}

nanoseconds Watch::patience() {
  const Instant next = killed_
                           ? wall_deadline_
                           : std::min({wall_deadline_, next_cpu_check_, now() + LostTime::kTick});
  return std::max(nanoseconds{next - now()}, nanoseconds::zero());
}

/// The clock starts at the program's exec, which is a little later than our first estimate.
void Watch::look_at_wall_clock() {
  const std::int64_t started = __atomic_load_n(&plan_.started_ns, __ATOMIC_RELAXED);
  if (started != 0) {
    const Instant limit = Instant{nanoseconds{started}} + request_.limits.wall_time;
    if (now() >= limit) grant(lost_.now());
    wall_deadline_ = limit + granted_;
    if (now() >= wall_deadline_) kill(Cause::WallTime);
  } else if (now() >= start_deadline_) {
    kill(std::nullopt);
  } else {
    wall_deadline_ = std::min(start_deadline_, now() + request_.limits.wall_time);
  }
}

/// Extends the wall limit, never shortens it: the measure of a moment may be too small.
void Watch::grant(Microseconds lost) {
  lost_time_ = std::max(lost_time_, lost);
  granted_ = std::min(lost_time_, kMostLimitsGranted * request_.limits.wall_time);
}

void Watch::grant_at_end(Microseconds wall) {
  if (wall >= request_.limits.wall_time + granted_) grant(lost_.at_end(wall));
}

Result<> Watch::pump() {
  for (Capture* capture : {out_, err_}) {
    if (!capture) continue;
    EVALX_TRY_VOID(capture->pump());
    if (capture->over_limit()) kill(Cause::Output);
  }
  return {};
}

Result<bool> Watch::until_dead_or_late() {
  const unsigned burners = std::max(std::min(context_.cpus, request_.limits.processes), 1U);
  next_cpu_check_ =
      now() + std::max(nanoseconds{request_.limits.cpu_time} / burners, kLeastCpuCheck);
  std::array<pollfd, kSlots> watched{{{init_.get(), POLLIN, 0},
                                      {context_.control, POLLIN, 0},
                                      {context_.trap_listener, POLLIN, 0},
                                      {out_ ? out_->read_end() : -1, POLLIN, 0},
                                      {err_ ? err_->read_end() : -1, POLLIN, 0},
                                      {context_.group->out_of_memory_fd(), POLLIN, 0}}};
  while (true) {
    const Instant before = now();
    const auto wait = patience();
    const timespec timeout{static_cast<time_t>(wait.count() / 1'000'000'000),
                           static_cast<long>(wait.count() % 1'000'000'000)};
    if (::ppoll(watched.data(), watched.size(), &timeout, nullptr) < 0 && errno != EINTR)
      return fail(last_error(), "ppoll");
    lost_.woke(now(), before + wait);
    if (watched[kInit].revents != 0) break;
    if (watched[kTrap].revents != 0) kill(Cause::Forbidden);
    if (watched[kMemory].revents != 0 && context_.group->is_out_of_memory()) kill(Cause::Memory);
    // The worker has sent Kill or hung up; in both cases the run is no longer wanted. The
    // supervisor reads the message afterwards.
    if (watched[kControl].revents != 0) kill(Cause::Cancelled);
    EVALX_TRY_VOID(pump());
    if (killed_) {
      // Each of these stays readable, also an output over its limit, which is not read any more: do
      // not spin while the run dies. The outputs are read to their ends after it.
      for (const Slot source : {kControl, kTrap, kOut, kErr, kMemory}) watched[source].fd = -1;
    }
    for (const Slot side : {kOut, kErr}) {
      if ((watched[side].revents & POLLHUP) != 0 && (watched[side].revents & POLLIN) == 0)
        watched[side].fd = -1;
    }
    if (now() >= wall_deadline_) {
      if (killed_) {
        EVALX_TRY_VOID(pump());
        return false;
      }
      look_at_wall_clock();
    } else if (!killed_ && now() >= next_cpu_check_) {
      EVALX_TRY_VOID(look_at_cpu());
    }
  }
  EVALX_TRY_VOID(until_dead());
  EVALX_TRY_VOID(pump());
  return true;
}

Result<> Watch::until_dead() {
  EVALX_TRY(const kernel::ExitStatus ignored, kernel::Child{std::move(init_)}.wait());
  static_cast<void>(ignored);
  return {};
}

}  // namespace evalx::sandbox::native
