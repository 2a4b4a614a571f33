#include "sandbox/native/lost_time.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>

#include "kernel/file.hpp"

namespace evalx::sandbox::native {
namespace {

using std::chrono::duration_cast;

/// Waking late by less is normal on a busy machine.
constexpr Microseconds kLeastGap{20'000};
/// The scheduler lets a thread run at least so long before another one of its priority: 0.75 ms and
/// more, by the number of CPUs (sched_min_granularity, or the base slice since Linux 6.6).
constexpr Microseconds kFullTurn{750};
/// Threads whose waiting is read; a run may have more.
constexpr unsigned kMostThreads = 256;
constexpr std::int64_t kNanosecondsPerMicrosecond = 1000;

struct Waiting {
  Microseconds time{};      ///< It was ready and did not run.
  Microseconds entitled{};  ///< As LossEvidence::entitled.
};

/// The first two numbers of a schedstat file: how long the thread ran, and how long it was ready.
std::pair<Microseconds, Microseconds> ran_and_waited(int directory, const char* file) {
  const auto text = kernel::read_file(directory, file, 256);
  if (!text) return {};
  const auto ran = kernel::parse_number(*text).value_or(0);
  const auto waited = kernel::parse_number(*text, " ").value_or(0);
  return {Microseconds{ran / kNanosecondsPerMicrosecond},
          Microseconds{waited / kNanosecondsPerMicrosecond}};
}

Microseconds own_delay() {
  return ran_and_waited(AT_FDCWD, "/proc/self/schedstat").second;
}

Waiting waiting_of(int tasks, const std::string& thread, double crowd) {
  const auto [ran, waited] = ran_and_waited(tasks, (thread + "/schedstat").c_str());
  const auto status = kernel::read_file(tasks, (thread + "/status").c_str());
  const auto switches = status ? kernel::parse_number(*status, "nonvoluntary_ctxt_switches:\t") : 0;
  return {waited, std::min(waited, entitled_wait(ran, switches.value_or(0), crowd))};
}

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

bool is_number(const char* name) {
  return *name >= '0' && *name <= '9';
}

/// The thread that lost most, among all processes of the slot but this one: those of the run.
Waiting greatest_loser(double crowd) {
  Waiting greatest;
  unsigned threads = 0;
  const Directory proc{::opendir("/proc"), &::closedir};
  const std::string self = std::to_string(::getpid());
  while (const dirent* process = proc ? ::readdir(proc.get()) : nullptr) {
    if (!is_number(process->d_name) || self == process->d_name) continue;
    const std::string path = "/proc/" + std::string{process->d_name} + "/task";
    const Directory tasks{::opendir(path.c_str()), &::closedir};
    while (const dirent* task = tasks ? ::readdir(tasks.get()) : nullptr) {
      if (!is_number(task->d_name) || ++threads > kMostThreads) continue;
      const Waiting thread = waiting_of(::dirfd(tasks.get()), task->d_name, crowd);
      if (thread.entitled >= greatest.entitled) greatest = thread;
    }
  }
  return greatest;
}

kernel::Contention between(const kernel::Contention& before, const kernel::Contention& after) {
  return {after.throttled - before.throttled, after.busy - before.busy,
          after.stolen - before.stolen, after.ours - before.ours, after.stalled - before.stalled};
}

}  // namespace

Microseconds entitled_wait(Microseconds ran, std::uint64_t switches, double crowd) {
  if (ran >= kFullTurn * static_cast<std::int64_t>(switches)) return Microseconds::max();
  return Microseconds{static_cast<std::int64_t>(crowd * static_cast<double>(ran.count()))};
}

Microseconds lost_of(const LossEvidence& evidence) {
  constexpr Microseconds kNothing{};
  const kernel::Contention& around = evidence.around;
  const Microseconds ours = evidence.pinned ? evidence.run_cpu : around.ours;
  const Microseconds others = std::max(around.busy - ours, kNothing);
  const Microseconds forbidden = std::min(evidence.run_delay, around.throttled);
  const Microseconds waited =
      forbidden + std::min({evidence.run_delay - forbidden, evidence.entitled, others});
  const Microseconds frozen = std::max(evidence.gaps - evidence.own_delay, kNothing);
  // The hypervisor takes time from those that run: this run's part of it.
  const double part = around.busy > kNothing ? static_cast<double>(evidence.run_cpu.count()) /
                                                   static_cast<double>(around.busy.count())
                                             : 0;
  const auto stolen = static_cast<double>(around.stolen.count()) * std::min(part, 1.0);
  const Microseconds stalled = std::max(around.stalled, kNothing);
  return waited + frozen + stalled + Microseconds{static_cast<std::int64_t>(stolen)};
}

void LostTime::woke(Instant now, Instant wanted) {
  const auto late = duration_cast<Microseconds>(now - std::max(wanted, woke_));
  if (late >= kLeastGap) gaps_ += late;
  const bool is_first_tick = !measures_ && now - start_ >= kTick;  // Output may wake it often.
  woke_ = now;
  if (is_first_tick || (measures_ && now >= next_look_)) {
    next_look_ = now + kTick;
    crowd_ = std::max(crowd_, group_.crowd());
  }
  if (!is_first_tick) return;
  measures_ = true;
  own_delay_ = own_delay();
  around_ = group_.contention(cpu_);
  run_cpu_ = group_.cpu_time().value_or(Microseconds{});
}

LossEvidence LostTime::evidence() const {
  LossEvidence found;
  found.gaps = gaps_;
  found.pinned = cpu_ >= 0;
  if (!measures_) return found;
  found.own_delay = own_delay() - own_delay_;
  found.around = between(around_, group_.contention(cpu_));
  found.run_cpu = group_.cpu_time().value_or(run_cpu_) - run_cpu_;
  return found;
}

Microseconds LostTime::now() const {
  LossEvidence found = evidence();
  const Waiting loser = greatest_loser(std::max(crowd_, group_.crowd()));
  found.run_delay = loser.time;
  found.entitled = loser.entitled;
  return lost_of(found);
}

Microseconds LostTime::at_end(Microseconds wall) const {
  LossEvidence found = evidence();
  found.run_delay = std::max(wall - found.gaps - found.run_cpu, Microseconds{});
  return lost_of(found);
}

}  // namespace evalx::sandbox::native
