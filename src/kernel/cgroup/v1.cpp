// Cgroup v1: memory, pids and cpuacct, each in a hierarchy of its own.

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

#include "kernel/capability.hpp"
#include "kernel/cgroup/baseline.hpp"
#include "kernel/cgroup/tree.hpp"
#include "kernel/file.hpp"

namespace evalx::kernel {
namespace {

enum Hierarchy : std::size_t { kMemory, kPids, kCpuacct, kHierarchies };
constexpr std::array<const char*, kHierarchies> kControllers{"memory", "pids", "cpuacct"};

Result<> write_number(const Fd& file, std::uint64_t value, const char* name) {
  const std::string text = std::to_string(value);
  if (::pwrite(file.get(), text.data(), text.size(), 0) < 0)
    return fail(last_error(), "write", name);
  return {};
}

class V1RunGroup final : public RunGroup {
 public:
  static Result<std::unique_ptr<V1RunGroup>> open(const std::array<int, kHierarchies>& dirs);
  ~V1RunGroup() override = default;

  Result<> begin(GroupLimits limits) override;
  Result<Microseconds> cpu_time() const override;
  Result<GroupUsage> usage() const override;
  int clone_into_fd() const override { return -1; }
  std::span<const int> join_fds() const override { return join_raw_; }
  int out_of_memory_fd() const override { return oom_event_.get(); }
  void kill() noexcept override {}
  std::vector<int> descriptors() const override;
  void reclaim() noexcept override;

 private:
  Result<> set_limits(GroupLimits limits);
  Result<std::uint64_t> number(const Fd& file) const;

  std::array<Fd, kHierarchies> join_;
  std::array<int, kHierarchies> join_raw_{};
  Fd memory_limit_, swap_limit_, memory_peak_, memory_now_, force_empty_, oom_control_, oom_event_;
  Fd pids_max_, pids_events_, cpu_total_, cpu_user_, cpu_system_;
  std::optional<GroupLimits> limits_;
  struct Counters {
    std::uint64_t oom_kills = 0, refused_forks = 0;
    std::uint64_t cpu_total_ns = 0, cpu_user_ns = 0, cpu_system_ns = 0;
  };
  Result<Counters> read_counters() const;

  mutable Baseline<Counters> base_;
};

Result<std::unique_ptr<V1RunGroup>> V1RunGroup::open(const std::array<int, kHierarchies>& dirs) {
  auto group = std::make_unique<V1RunGroup>();
  for (std::size_t i = 0; i < kHierarchies; ++i) {
    EVALX_TRY(group->join_[i], open_at(dirs[i], "tasks", O_WRONLY));
    group->join_raw_[i] = group->join_[i].get();
  }
  EVALX_TRY(group->memory_limit_, open_at(dirs[kMemory], "memory.limit_in_bytes", O_WRONLY));
  // The file exists only if the kernel accounts for swap; without swap there is nothing to limit.
  if (auto swap = open_at(dirs[kMemory], "memory.memsw.limit_in_bytes", O_WRONLY))
    group->swap_limit_ = *std::move(swap);
  static_cast<void>(write_file(dirs[kMemory], "memory.swappiness", "0").has_value());
  EVALX_TRY(group->memory_peak_, open_at(dirs[kMemory], "memory.max_usage_in_bytes", O_RDWR));
  EVALX_TRY(group->memory_now_, open_at(dirs[kMemory], "memory.usage_in_bytes", O_RDONLY));
  EVALX_TRY(group->force_empty_, open_at(dirs[kMemory], "memory.force_empty", O_WRONLY));
  EVALX_TRY(group->oom_control_, open_at(dirs[kMemory], "memory.oom_control", O_RDONLY));
  EVALX_TRY(group->pids_max_, open_at(dirs[kPids], "pids.max", O_WRONLY));
  EVALX_TRY(group->pids_events_, open_at(dirs[kPids], "pids.events", O_RDONLY));
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
  EVALX_TRY(counters.cpu_total_ns, number(cpu_total_));
  EVALX_TRY(counters.cpu_user_ns, number(cpu_user_));
  EVALX_TRY(counters.cpu_system_ns, number(cpu_system_));
  return counters;
}

Result<> V1RunGroup::begin(GroupLimits limits) {
  if (limits_ != limits) EVALX_TRY_VOID(set_limits(limits));
  EVALX_TRY_VOID(write_number(memory_peak_, 0, "memory.max_usage_in_bytes"));
  std::uint64_t event = 0;
  // Usually EAGAIN: no event of an earlier run is left.
  [[maybe_unused]] const ssize_t got = ::read(oom_event_.get(), &event, sizeof event);
  return base_.begin([this] { return read_counters(); });
}

Result<Microseconds> V1RunGroup::cpu_time() const {
  EVALX_TRY(const std::uint64_t total, number(cpu_total_));
  return Microseconds{(total - base_->cpu_total_ns) / 1000};
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
  usage.memory_limit_hit = now.oom_kills != base_->oom_kills;
  usage.process_limit_hit = now.refused_forks != base_->refused_forks;
  EVALX_TRY(usage.memory_peak.count, number(memory_peak_));
  EVALX_TRY(usage.memory_now.count, number(memory_now_));
  base_.note(now);
  return usage;
}

std::vector<int> V1RunGroup::descriptors() const {
  std::vector<int> all{join_raw_.begin(), join_raw_.end()};
  for (const Fd* file :
       {&memory_limit_, &swap_limit_, &memory_peak_, &memory_now_, &force_empty_, &oom_control_,
        &oom_event_, &pids_max_, &pids_events_, &cpu_total_, &cpu_user_, &cpu_system_})
    all.push_back(file->get());
  return all;
}

void V1RunGroup::reclaim() noexcept {
  [[maybe_unused]] const ssize_t written = ::pwrite(force_empty_.get(), "0", 1, 0);
}

class V1SlotGroup final : public SlotGroup {
 public:
  V1SlotGroup(std::vector<GroupDirectory> directories, std::unique_ptr<V1RunGroup> run,
              std::vector<Fd> inside, std::vector<Fd> outside)
      : directories_(std::move(directories)),
        run_(std::move(run)),
        inside_(std::move(inside)),
        outside_(std::move(outside)) {}
  RunGroup& run_group() override { return *run_; }
  Result<> enter_namespace_root() override { return enter(inside_); }
  Result<> enter_as_supervisor() override { return enter(outside_); }
  std::vector<int> descriptors() const override {
    std::vector<int> all = run_->descriptors();
    for (const auto* groups : {&inside_, &outside_}) {
      for (const Fd& tasks : *groups) all.push_back(tasks.get());
    }
    return all;
  }

 private:
  static Result<> enter(const std::vector<Fd>& groups) {
    for (const Fd& tasks : groups) {
      if (::write(tasks.get(), "0", 1) < 0) return fail(last_error(), "write tasks");
    }
    return {};
  }

  std::vector<GroupDirectory> directories_;
  std::unique_ptr<V1RunGroup> run_;
  // Writing a pid to "tasks" moves a process only if the file was opened by root or by the user of
  // that process (Linux >= 5.16, cgroup1_tasks_write()). A supervisor enters while it is still the
  // tree's owner, so the tree's owner opens these; the slot's owner opens those of the run group.
  std::vector<Fd> inside_;
  std::vector<Fd> outside_;  ///< "tasks" of the parents.
};

class V1Tree final : public CgroupTree {
 public:
  explicit V1Tree(std::vector<GroupDirectory> roots) : roots_(std::move(roots)) {}
  CgroupVersion version() const override { return CgroupVersion::V1; }
  std::string describe() const override { return "v1 at " + roots_[kMemory].path(); }
  Result<> enter_as_launcher() override { return {}; }
  Result<std::unique_ptr<SlotGroup>> make_slot_group(const std::string& name, uid_t owner) override;
  bool exists() const override {
    return std::all_of(roots_.begin(), roots_.end(),
                       [](const auto& root) { return root.exists(); });
  }
  bool remove_slot_groups() override {
    bool all_gone = true;
    for (const GroupDirectory& root : roots_)
      all_gone = remove_groups_below(root.path()) && all_gone;
    return all_gone;
  }

 private:
  std::vector<GroupDirectory> roots_;
};

Result<std::unique_ptr<SlotGroup>> V1Tree::make_slot_group(const std::string& name, uid_t owner) {
  std::vector<GroupDirectory> directories;
  std::vector<Fd> inside, outside;
  std::unique_ptr<V1RunGroup> run;
  {
    EVALX_TRY(const EffectiveUser slot, EffectiveUser::become(owner));
    std::array<int, kHierarchies> dirs{};
    for (std::size_t i = 0; i < kHierarchies; ++i) {
      EVALX_TRY(GroupDirectory directory,
                GroupDirectory::make(roots_[i].path() + "/" + name, {"tasks"}));
      dirs[i] = directory.fd();
      directories.push_back(std::move(directory));
    }
    EVALX_TRY(run, V1RunGroup::open(dirs));
  }
  for (std::size_t i = 0; i < kHierarchies; ++i) {
    EVALX_TRY(Fd own, open_at(directories[i].fd(), "tasks", O_WRONLY));
    EVALX_TRY(Fd above, open_at(roots_[i].fd(), "tasks", O_WRONLY));
    inside.push_back(std::move(own));
    outside.push_back(std::move(above));
  }
  return std::make_unique<V1SlotGroup>(std::move(directories), std::move(run), std::move(inside),
                                       std::move(outside));
}

}  // namespace

Result<std::unique_ptr<CgroupTree>> open_cgroup_v1(const std::vector<CgroupMount>& mounts,
                                                   GroupOwner owner) {
  std::vector<GroupDirectory> roots;
  for (const char* controller : kControllers) {
    const auto found = std::find_if(mounts.begin(), mounts.end(), [&](const CgroupMount& mount) {
      return mount.version == CgroupVersion::V1 &&
             std::find(mount.controllers.begin(), mount.controllers.end(), controller) !=
                 mount.controllers.end();
    });
    if (found == mounts.end())
      return fail(std::make_error_code(std::errc::not_supported),
                  "find a cgroup hierarchy with the controller", controller);
    sweep_dead_groups(found->own);
    EVALX_TRY(GroupDirectory root, make_top_group(found->own));
    EVALX_TRY_VOID(root.give_to(owner, {"tasks"}));
    roots.push_back(std::move(root));
  }
  return std::make_unique<V1Tree>(std::move(roots));
}

}  // namespace evalx::kernel
