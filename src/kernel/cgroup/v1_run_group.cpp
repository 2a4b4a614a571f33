#include "kernel/cgroup/v1_run_group.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

#include "kernel/file.hpp"

namespace evalx::kernel {
namespace {

/// A charge that fails at the limit is one page, or eight (PAGE_ALLOC_COSTLY_ORDER): with less room
/// than this the limit was met.
constexpr std::uint64_t kLeastRoom = 64UL * 1024;

Result<> write_number(const Fd& file, std::uint64_t value, const char* name) {
  const std::string text = std::to_string(value);
  if (::pwrite(file.get(), text.data(), text.size(), 0) < 0)
    return fail(last_error(), "write", name);
  return {};
}

}  // namespace

Result<std::unique_ptr<V1RunGroup>> V1RunGroup::open(const std::array<int, kV1Hierarchies>& dirs,
                                                     const Enclosing& enclosing) {
  auto group = std::make_unique<V1RunGroup>(enclosing);
  for (std::size_t i = 0; i < kV1Hierarchies; ++i) {
    EVALX_TRY(group->join_[i], open_at(dirs[i], "tasks", O_WRONLY));
    group->join_raw_[i] = group->join_[i].get();
  }
  EVALX_TRY(group->memory_limit_, open_at(dirs[kMemory], "memory.limit_in_bytes", O_WRONLY));
  // The file exists only if the kernel accounts for swap; without swap there is nothing to limit.
  if (auto swap = open_at(dirs[kMemory], "memory.memsw.limit_in_bytes", O_WRONLY))
    group->swap_limit_ = *std::move(swap);
  if (auto peak = open_at(dirs[kMemory], "memory.memsw.max_usage_in_bytes", O_RDWR))
    group->swap_peak_ = *std::move(peak);
  static_cast<void>(write_file(dirs[kMemory], "memory.swappiness", "0").has_value());
  EVALX_TRY(group->memory_peak_, open_at(dirs[kMemory], "memory.max_usage_in_bytes", O_RDWR));
  EVALX_TRY(group->memory_now_, open_at(dirs[kMemory], "memory.usage_in_bytes", O_RDONLY));
  EVALX_TRY(group->force_empty_, open_at(dirs[kMemory], "memory.force_empty", O_WRONLY));
  EVALX_TRY(group->oom_control_, open_at(dirs[kMemory], "memory.oom_control", O_RDONLY));
  EVALX_TRY(group->pids_max_, open_at(dirs[kPids], "pids.max", O_WRONLY));
  EVALX_TRY(group->pids_events_, open_at(dirs[kPids], "pids.events", O_RDONLY));
  if (auto peak = open_at(dirs[kPids], "pids.peak", O_RDONLY))
    group->pids_peak_ = *std::move(peak);  // Only new kernels have it (Linux >= 6.11).
  EVALX_TRY(group->cpu_total_, open_at(dirs[kCpuacct], "cpuacct.usage", O_RDONLY));
  EVALX_TRY(group->cpu_user_, open_at(dirs[kCpuacct], "cpuacct.usage_user", O_RDONLY));
  EVALX_TRY(group->cpu_system_, open_at(dirs[kCpuacct], "cpuacct.usage_sys", O_RDONLY));
  group->oom_event_ = Fd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (!group->oom_event_) return fail(last_error(), "eventfd");
  const std::string registration =
      std::to_string(group->oom_event_.get()) + " " + std::to_string(group->oom_control_.get());
  EVALX_TRY_VOID(write_file(dirs[kMemory], "cgroup.event_control", registration));
  return group;
}

Result<std::uint64_t> V1RunGroup::number(const Fd& file) const {
  EVALX_TRY(const std::string text, read_again(file));
  return parse_number(text);
}

/// The memory limit may never be above the limit of memory and swap: a higher limit is first set
/// for both together, a lower one first for memory.
Result<> V1RunGroup::set_limits(GroupLimits limits) {
  const std::uint64_t bytes = limits.memory.count;
  const bool raise = !limits_ || limits.memory > limits_->memory;
  if (raise && swap_limit_ && limits_)
    EVALX_TRY_VOID(write_number(swap_limit_, bytes, "memory.memsw.limit_in_bytes"));
  EVALX_TRY_VOID(write_number(memory_limit_, bytes, "memory.limit_in_bytes"));
  if ((!raise || !limits_) && swap_limit_)
    EVALX_TRY_VOID(write_number(swap_limit_, bytes, "memory.memsw.limit_in_bytes"));
  EVALX_TRY_VOID(write_number(pids_max_, limits.processes, "pids.max"));
  limits_ = limits;
  return {};
}

Result<V1RunGroup::Counters> V1RunGroup::read_counters() const {
  Counters counters;
  EVALX_TRY(const std::string oom, read_again(oom_control_));
  EVALX_TRY(counters.oom_kills, parse_number(oom, "oom_kill "));
  EVALX_TRY(const std::string pids, read_again(pids_events_));
  EVALX_TRY(counters.refused_forks, parse_number(pids, "max "));
  if (pids_peak_) {
    EVALX_TRY(counters.most_processes, number(pids_peak_));
  }
  EVALX_TRY(counters.cpu_total_ns, number(cpu_total_));
  EVALX_TRY(counters.cpu_user_ns, number(cpu_user_));
  EVALX_TRY(counters.cpu_system_ns, number(cpu_system_));
  return counters;
}

Result<> V1RunGroup::begin(GroupLimits limits) {
  if (limits_ != limits) EVALX_TRY_VOID(set_limits(limits));
  EVALX_TRY_VOID(write_number(memory_peak_, 0, "memory.max_usage_in_bytes"));
  if (swap_peak_) EVALX_TRY_VOID(write_number(swap_peak_, 0, "memory.memsw.max_usage_in_bytes"));
  std::uint64_t event = 0;
  // Usually EAGAIN: no event of an earlier run is left.
  [[maybe_unused]] const ssize_t got = ::read(oom_event_.get(), &event, sizeof event);
  return base_.begin([this] { return read_counters(); });
}

Result<Microseconds> V1RunGroup::cpu_time() const {
  EVALX_TRY(const std::uint64_t total, number(cpu_total_));
  return Microseconds{(total - base_->cpu_total_ns) / 1000};
}

/// The larger of the two peaks: each has the same limit. memory.failcnt would say the same, but
/// stays 0 on some kernels (seen on Linux 6.18).
std::uint64_t V1RunGroup::memory_and_swap_peak() const {
  const std::uint64_t memory = number(memory_peak_).value_or(0);
  return std::max(memory, swap_peak_ ? number(swap_peak_).value_or(0) : 0);
}

/// The kernel wakes the groups below the one that is full, too. Usage that was once at the limit
/// may have been page cache, which the kernel can free: so it must be there now, or a victim.
bool V1RunGroup::is_out_of_memory() const {
  std::uint64_t event = 0;
  [[maybe_unused]] const ssize_t got = ::read(oom_event_.get(), &event, sizeof event);
  const std::uint64_t limit = limits_->memory.count;
  if (memory_and_swap_peak() + kLeastRoom < limit) return false;
  const auto oom = read_again(oom_control_);
  const bool has_victim = oom && parse_number(*oom, "oom_kill ").value_or(0) != base_->oom_kills;
  // Charges are counted in batches of 64 pages for each CPU.
  constexpr std::uint64_t kUncertain = 4UL << 20U;
  return has_victim || number(memory_now_).value_or(0) + kUncertain >= limit;
}

/// Whether the forks that were refused met our own limit. The refused process' group counts them,
/// whichever group was full.
bool V1RunGroup::has_refused(const Counters& now) const {
  const unsigned limit = limits_->processes;
  if (pids_peak_ && base_->most_processes < limit) return now.most_processes >= limit;
  // All processes of the run are dead: with room for as many as it might have, ours was met first.
  return enclosing_.has_room_for(limit);
}

/// The total is exact. User and system time are sampled at timer ticks, so they only give the ratio
/// by which the total is divided (the kernel does the same on v2: cputime_adjust()).
Result<GroupUsage> V1RunGroup::usage() const {
  EVALX_TRY(const Counters now, read_counters());
  GroupUsage usage;
  const Microseconds total{(now.cpu_total_ns - base_->cpu_total_ns) / 1000};
  const auto user = static_cast<double>(now.cpu_user_ns - base_->cpu_user_ns);
  const auto system = static_cast<double>(now.cpu_system_ns - base_->cpu_system_ns);
  const double user_share = user + system > 0 ? user / (user + system) : 1;
  usage.cpu_user =
      Microseconds{static_cast<std::int64_t>(static_cast<double>(total.count()) * user_share)};
  usage.cpu_system = total - usage.cpu_user;
  if (now.oom_kills != base_->oom_kills) {
    usage.memory_limit_hit = memory_and_swap_peak() + kLeastRoom >= limits_->memory.count;
    usage.was_robbed_of_memory = !usage.memory_limit_hit;
  }
  if (now.refused_forks != base_->refused_forks) {
    usage.process_limit_hit = has_refused(now);
    usage.was_robbed_of_processes = !usage.process_limit_hit;
  }
  EVALX_TRY(usage.memory_peak.count, number(memory_peak_));
  EVALX_TRY(usage.memory_now.count, number(memory_now_));
  base_.note(now);
  return usage;
}

std::vector<int> V1RunGroup::descriptors() const {
  std::vector<int> all{join_raw_.begin(), join_raw_.end()};
  for (const Fd* file : {&memory_limit_, &swap_limit_, &memory_peak_, &swap_peak_, &memory_now_,
                         &force_empty_, &oom_control_, &oom_event_, &pids_max_, &pids_events_,
                         &pids_peak_, &cpu_total_, &cpu_user_, &cpu_system_})
    all.push_back(file->get());
  const std::vector<int> around = enclosing_.descriptors();
  all.insert(all.end(), around.begin(), around.end());
  return all;
}

void V1RunGroup::reclaim() noexcept {
  [[maybe_unused]] const ssize_t written = ::pwrite(force_empty_.get(), "0", 1, 0);
}

}  // namespace evalx::kernel
