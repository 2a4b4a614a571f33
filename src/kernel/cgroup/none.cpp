// No cgroup: uses the kernel's counters of single processes instead. It counts less and enforces no
// limit: the caller that starts a program sets rlimits.

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "kernel/cgroup/tree.hpp"
#include "kernel/file.hpp"

namespace evalx::kernel {
namespace {

constexpr std::int64_t kNanosecondsPerMicrosecond = 1000;
constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;

Microseconds of(const timeval& time) {
  return Microseconds{time.tv_sec * kMicrosecondsPerSecond + time.tv_usec};
}

struct CpuTime {
  Microseconds user{}, system{};
};

/// The time of all children that this process waited for, and of their children.
CpuTime time_of_the_waited_for() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  return {of(usage.ru_utime), of(usage.ru_stime)};
}

/// CPU time of the whole process `pid`; 0 if it has ended. Builds the clock id that
/// clock_getcpuclockid(3) would return, but without its extra call to check that the process
/// exists.
Microseconds own_time_of(pid_t pid) {
  constexpr unsigned kProcessClock = 2;
  timespec time{};
  const auto clock = static_cast<clockid_t>(~static_cast<unsigned>(pid) << 3U | kProcessClock);
  if (::clock_gettime(clock, &time) < 0) return {};  // The process has ended.
  return Microseconds{time.tv_sec * kMicrosecondsPerSecond +
                      time.tv_nsec / kNanosecondsPerMicrosecond};
}

/// CPU time of the children that `pid` has waited for: the fields cutime and cstime of
/// /proc/PID/stat, counted in ticks of 10 ms.
Microseconds childrens_time_of(int proc, const char* pid) {
  constexpr int kFieldsAfterTheName = 13;  // state is the first, cutime the fourteenth.
  const auto stat = read_file(proc, (std::string{pid} + "/stat").c_str());
  if (!stat) return {};
  auto at = stat->rfind(") ");  // The name may contain any character.
  for (int field = 0; at != std::string::npos && field <= kFieldsAfterTheName; ++field)
    at = stat->find(' ', at + 1);
  if (at == std::string::npos) return {};
  const std::string_view rest = std::string_view{*stat}.substr(at + 1);
  const auto user = parse_number(rest);
  const auto system = parse_number(rest.substr(std::min(rest.find(' ') + 1, rest.size())));
  const std::int64_t tick = kMicrosecondsPerSecond / ::sysconf(_SC_CLK_TCK);
  return Microseconds{static_cast<std::int64_t>(user.value_or(0) + system.value_or(0)) * tick};
}

class CountingGroup final : public RunGroup {
 public:
  Result<> begin(GroupLimits) override {
    base_ = time_of_the_waited_for();
    seen_ = {};
    return {};
  }
  Result<Microseconds> cpu_time() const override;
  Result<GroupUsage> usage() const override;
  bool holds_limits() const override { return false; }
  int clone_into_fd() const override { return -1; }
  std::span<const int> join_fds() const override { return {}; }
  int out_of_memory_fd() const override { return -1; }
  void kill() noexcept override {}
  std::vector<int> descriptors() const override { return {}; }
  void reclaim() noexcept override {}

 private:
  CpuTime base_;
  mutable Microseconds seen_{};  ///< The largest value that cpu_time() returned in this run.
};

/// Adds up all processes of the caller's pid namespace but the caller: they belong to the run.
Result<Microseconds> CountingGroup::cpu_time() const {
  const std::unique_ptr<DIR, int (*)(DIR*)> proc{::opendir("/proc"), &::closedir};
  if (!proc) return fail(last_error(), "read /proc");
  Microseconds total{};
  while (const dirent* entry = ::readdir(proc.get())) {
    const std::string_view name = entry->d_name;
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc{} || end != name.data() + name.size() || pid == ::getpid()) continue;
    total += own_time_of(pid) + childrens_time_of(::dirfd(proc.get()), entry->d_name);
  }
  seen_ = std::max(seen_, total);
  return seen_;
}

/// After the run: the time of the processes that were waited for, or the largest time that
/// cpu_time() returned, because that also counted processes without a parent that waited for them.
Result<GroupUsage> CountingGroup::usage() const {
  const CpuTime now = time_of_the_waited_for();
  GroupUsage usage;
  usage.cpu_user = now.user - base_.user;
  usage.cpu_system = now.system - base_.system;
  const Microseconds unseen = seen_ - (usage.cpu_user + usage.cpu_system);
  usage.cpu_user += std::max(unseen, Microseconds{});
  return usage;
}

class NoSlotGroup final : public SlotGroup {
 public:
  RunGroup& run_group() override { return run_; }
  Result<> enter_namespace_root() override { return {}; }
  Result<> enter_as_supervisor() override { return {}; }
  std::vector<int> descriptors() const override { return {}; }

 private:
  CountingGroup run_;
};

class NoTree final : public CgroupTree {
 public:
  CgroupVersion version() const override { return CgroupVersion::None; }
  std::string describe() const override { return "none"; }
  Result<> enter_as_launcher() override { return {}; }
  bool exists() const override { return true; }
  bool remove_slot_groups() override { return true; }
  Result<std::unique_ptr<SlotGroup>> make_slot_group(const std::string&, uid_t) override {
    return std::make_unique<NoSlotGroup>();
  }
};

}  // namespace

std::unique_ptr<CgroupTree> no_cgroup_tree() {
  return std::make_unique<NoTree>();
}

}  // namespace evalx::kernel
