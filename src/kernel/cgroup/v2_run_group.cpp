#include "kernel/cgroup/v2_run_group.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace evalx::kernel {

Result<> V2RunGroup::make_leaf() {
  leaf_ = Fd{};
  if (::unlinkat(slot_.get(), kLeaf, AT_REMOVEDIR) < 0 && errno != ENOENT)
    return fail(last_error(), "rmdir", kLeaf);
  if (::mkdirat(slot_.get(), kLeaf, 0755) < 0) return fail(last_error(), "mkdir", kLeaf);
  EVALX_TRY(leaf_, open_at(slot_.get(), kLeaf, O_DIRECTORY | O_RDONLY));
  limits_.reset();
  peak_ = Fd{};
  if (auto peak = open_at(leaf_.get(), "memory.peak", O_RDWR)) {
    peak_ = *std::move(peak);
    peak_resets_ = ::pwrite(peak_.get(), "0", 1, 0) == 1;
  } else if (auto readable = open_at(leaf_.get(), "memory.peak", O_RDONLY)) {
    peak_ = *std::move(readable);  // Linux 5.19 to 6.11.
  }
  EVALX_TRY(cpu_stat_, open_at(leaf_.get(), "cpu.stat", O_RDONLY));
  EVALX_TRY(memory_events_, open_at(leaf_.get(), "memory.events.local", O_RDONLY));
  EVALX_TRY(memory_now_, open_at(leaf_.get(), "memory.current", O_RDONLY));
  EVALX_TRY(pids_events_, open_at(leaf_.get(), "pids.events", O_RDONLY));
  stalls_ = Fd{};
  if (auto stalls = open_at(leaf_.get(), "memory.pressure", O_RDONLY))
    stalls_ = *std::move(stalls);  // Not with psi=0.
  pids_peak_ = Fd{};
  if (auto peak = open_at(leaf_.get(), "pids.peak", O_RDONLY))
    pids_peak_ = *std::move(peak);  // Linux >= 6.6.
  EVALX_TRY_VOID(write_file(leaf_.get(), "memory.oom.group", "1"));
  // The file does not exist if the kernel has no swap.
  static_cast<void>(write_file(leaf_.get(), "memory.swap.max", "0").has_value());
  return {};
}

Result<> V2RunGroup::set_limits(GroupLimits limits) {
  EVALX_TRY_VOID(write_file(leaf_.get(), "memory.max", std::to_string(limits.memory.count)));
  EVALX_TRY_VOID(write_file(leaf_.get(), "pids.max", std::to_string(limits.processes)));
  limits_ = limits;
  return {};
}

Result<V2RunGroup::Counters> V2RunGroup::read_counters() const {
  Counters counters;
  EVALX_TRY(const std::string cpu, read_again(cpu_stat_));
  EVALX_TRY(counters.user_usec, parse_number(cpu, "user_usec "));
  EVALX_TRY(counters.system_usec, parse_number(cpu, "system_usec "));
  EVALX_TRY(const std::string oom, read_again(memory_events_));
  EVALX_TRY(counters.oom_kills, parse_number(oom, "oom_kill "));
  EVALX_TRY(counters.ooms, parse_number(oom, "oom "));
  EVALX_TRY(counters.full, parse_number(oom, "max "));
  EVALX_TRY(const std::string pids, read_again(pids_events_));
  EVALX_TRY(counters.refused_forks, parse_number(pids, "max "));
  if (pids_peak_) {
    EVALX_TRY(const std::string peak, read_again(pids_peak_));
    EVALX_TRY(counters.most_processes, parse_number(peak));
  }
  return counters;
}

Result<> V2RunGroup::begin(GroupLimits limits) {
  if (!leaf_ || !peak_resets_) {
    EVALX_TRY_VOID(make_leaf());
    base_.note({});  // The counters of a new leaf are zero.
  } else if (::pwrite(peak_.get(), "0", 1, 0) < 0) {
    return fail(last_error(), "write", "memory.peak");
  }
  if (limits_ != limits) EVALX_TRY_VOID(set_limits(limits));
  refused_around_ = enclosing_.refusals();
  return base_.begin([this] { return read_counters(); });
}

Result<Microseconds> V2RunGroup::cpu_time() const {
  EVALX_TRY(const std::string cpu, read_again(cpu_stat_));
  EVALX_TRY(const std::uint64_t user, parse_number(cpu, "user_usec "));
  EVALX_TRY(const std::uint64_t system, parse_number(cpu, "system_usec "));
  return Microseconds{user - base_->user_usec + system - base_->system_usec};
}

/// At its own limit a run may wait for memory that is freed by itself: then nothing is counted.
Contention V2RunGroup::contention(int cpu) const {
  Contention now = enclosing_.contention(cpu);
  const auto counters = read_counters();
  const auto stalls = stalls_ ? read_again(stalls_) : std::string{};
  // "some avg10=0.00 avg60=0.00 avg300=0.00 total=12", in microseconds.
  if (counters && counters->full == base_->full && stalls)
    now.stalled = Microseconds{parse_number(*stalls, "total=").value_or(0)};
  return now;
}

/// Whether the forks that were refused met our own limit. Before Linux 6.11 the refused process'
/// group counts them, whichever group was full.
bool V2RunGroup::has_refused(const Counters& now) const {
  if (now.refused_forks == base_->refused_forks) return false;
  const unsigned limit = limits_->processes;
  if (pids_peak_ && base_->most_processes < limit) return now.most_processes >= limit;
  // All processes of the run are dead: with room for as many as it might have, ours was met first.
  return enclosing_.has_room_for(limit);
}

Result<GroupUsage> V2RunGroup::usage() const {
  EVALX_TRY(const Counters now, read_counters());
  GroupUsage usage;
  usage.cpu_user = Microseconds{now.user_usec - base_->user_usec};
  usage.cpu_system = Microseconds{now.system_usec - base_->system_usec};
  // "oom" counts only for the group whose limit was met, "oom_kill" for the victim's group.
  const bool has_victim = now.oom_kills != base_->oom_kills;
  usage.memory_limit_hit = has_victim && now.ooms != base_->ooms;
  usage.was_robbed_of_memory = has_victim && !usage.memory_limit_hit;
  usage.process_limit_hit = has_refused(now);
  usage.was_robbed_of_processes =
      (now.refused_forks != base_->refused_forks && !usage.process_limit_hit) ||
      enclosing_.refusals() != refused_around_;
  EVALX_TRY(const std::string current, read_again(memory_now_));
  EVALX_TRY(usage.memory_now.count, parse_number(current));
  usage.memory_peak = usage.memory_now;  // Before Linux 5.19 there is no peak.
  if (peak_) {
    EVALX_TRY(const std::string peak, read_again(peak_));
    EVALX_TRY(usage.memory_peak.count, parse_number(peak));
  }
  base_.note(now);
  return usage;
}

void V2RunGroup::reclaim() noexcept {
  // memory.reclaim: Linux >= 5.19. It takes an amount; an amount above the usage frees all it can.
  static_cast<void>(write_file(leaf_.get(), "memory.reclaim", "1G").has_value());
}

}  // namespace evalx::kernel
