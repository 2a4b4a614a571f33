// Cgroup v2: one tree. Below our directory each slot has two leaves, "supervisor" and "run".

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <sstream>

#include "kernel/capability.hpp"
#include "kernel/cgroup/baseline.hpp"
#include "kernel/cgroup/tree.hpp"
#include "kernel/file.hpp"

namespace evalx::kernel {
namespace {

constexpr const char* kControllers = "+memory +pids +cpu";

/// The run leaf. Before Linux 6.12 memory.peak cannot be reset, so each run gets a leaf of its own;
/// since 6.12 all runs use one leaf.
class V2RunGroup final : public RunGroup {
 public:
  explicit V2RunGroup(Fd slot) : slot_(std::move(slot)) {}

  Result<> begin(GroupLimits limits) override;
  Result<Microseconds> cpu_time() const override;
  Result<GroupUsage> usage() const override;
  int clone_into_fd() const override { return leaf_.get(); }
  std::span<const int> join_fds() const override { return {}; }
  int out_of_memory_fd() const override { return -1; }
  void kill() noexcept override {
    static_cast<void>(write_file(leaf_.get(), "cgroup.kill", "1").has_value());
  }
  std::vector<int> descriptors() const override {
    return {slot_.get(),          leaf_.get(),        peak_.get(),      cpu_stat_.get(),
            memory_events_.get(), pids_events_.get(), memory_now_.get()};
  }
  void reclaim() noexcept override;

  static constexpr const char* kLeaf = "run";

 private:
  Result<> make_leaf();
  Result<> set_limits(GroupLimits limits);

  Fd slot_;
  Fd leaf_, peak_, cpu_stat_, memory_events_, pids_events_, memory_now_;
  bool peak_resets_ = false;
  std::optional<GroupLimits> limits_;
  struct Counters {
    std::uint64_t oom_kills = 0, refused_forks = 0, user_usec = 0, system_usec = 0;
  };
  Result<Counters> read_counters() const;

  mutable Baseline<Counters> base_;
};

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
  EVALX_TRY(memory_events_, open_at(leaf_.get(), "memory.events", O_RDONLY));
  EVALX_TRY(memory_now_, open_at(leaf_.get(), "memory.current", O_RDONLY));
  EVALX_TRY(pids_events_, open_at(leaf_.get(), "pids.events", O_RDONLY));
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
  EVALX_TRY(const std::string pids, read_again(pids_events_));
  EVALX_TRY(counters.refused_forks, parse_number(pids, "max "));
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
  return base_.begin([this] { return read_counters(); });
}

Result<Microseconds> V2RunGroup::cpu_time() const {
  EVALX_TRY(const std::string cpu, read_again(cpu_stat_));
  EVALX_TRY(const std::uint64_t user, parse_number(cpu, "user_usec "));
  EVALX_TRY(const std::uint64_t system, parse_number(cpu, "system_usec "));
  return Microseconds{user - base_->user_usec + system - base_->system_usec};
}

Result<GroupUsage> V2RunGroup::usage() const {
  EVALX_TRY(const Counters now, read_counters());
  GroupUsage usage;
  usage.cpu_user = Microseconds{now.user_usec - base_->user_usec};
  usage.cpu_system = Microseconds{now.system_usec - base_->system_usec};
  usage.memory_limit_hit = now.oom_kills != base_->oom_kills;
  usage.process_limit_hit = now.refused_forks != base_->refused_forks;
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

class V2SlotGroup final : public SlotGroup {
 public:
  V2SlotGroup(GroupDirectory slot, GroupDirectory supervisor, Fd for_run)
      : slot_(std::move(slot)), supervisor_(std::move(supervisor)), run_(std::move(for_run)) {}
  ~V2SlotGroup() override { ::unlinkat(slot_.fd(), V2RunGroup::kLeaf, AT_REMOVEDIR); }

  Result<> open_files() {
    EVALX_TRY(join_slot_, open_at(slot_.fd(), "cgroup.procs", O_WRONLY));
    EVALX_TRY(join_supervisor_, open_at(supervisor_.fd(), "cgroup.procs", O_WRONLY));
    EVALX_TRY(slot_control_, open_at(slot_.fd(), "cgroup.subtree_control", O_WRONLY));
    return {};
  }
  RunGroup& run_group() override { return run_; }
  Result<> enter_namespace_root() override {
    if (::write(join_slot_.get(), "0", 1) < 0) return fail(last_error(), "write cgroup.procs");
    return {};
  }
  /// Controllers can be enabled for the leaves only when the slot's own group has no process.
  Result<> enter_as_supervisor() override {
    if (::write(join_supervisor_.get(), "0", 1) < 0)
      return fail(last_error(), "write cgroup.procs");
    const std::string_view controllers = kControllers;
    if (::write(slot_control_.get(), controllers.data(), controllers.size()) < 0)
      return fail(last_error(), "write cgroup.subtree_control");
    return {};
  }

  std::vector<int> descriptors() const override {
    std::vector<int> all = run_.descriptors();
    all.insert(all.end(), {join_slot_.get(), join_supervisor_.get(), slot_control_.get()});
    return all;
  }

 private:
  GroupDirectory slot_;
  GroupDirectory supervisor_;
  Fd join_slot_, join_supervisor_, slot_control_;
  V2RunGroup run_;
};

class V2Tree final : public CgroupTree {
 public:
  V2Tree(GroupDirectory root, GroupDirectory launcher)
      : root_(std::move(root)), launcher_(std::move(launcher)) {}
  CgroupVersion version() const override { return CgroupVersion::V2; }
  std::string describe() const override { return "v2 at " + root_.path(); }
  /// To move a process, the caller must be allowed to write cgroup.procs of the nearest group above
  /// source and target. From this leaf that is the tree's root group, which belongs to its owner.
  Result<> enter_as_launcher() override { return write_file(launcher_.fd(), "cgroup.procs", "0"); }
  Result<std::unique_ptr<SlotGroup>> make_slot_group(const std::string& name, uid_t owner) override;
  bool exists() const override { return root_.exists() && launcher_.exists(); }
  bool remove_slot_groups() override { return remove_groups_below(root_.path()); }

 private:
  GroupDirectory root_;
  GroupDirectory launcher_;
};

/// The supervisor has no rights on the host, but makes run leaves and moves processes into them.
/// For that it must own the slot's directory and its cgroup.procs, because that group is above both
/// leaves. The tree's owner opens the files by which the supervisor enters: the rights of the
/// process that opened them count (Linux >= 5.16).
Result<std::unique_ptr<SlotGroup>> V2Tree::make_slot_group(const std::string& name, uid_t owner) {
  std::unique_ptr<V2SlotGroup> group;
  {
    EVALX_TRY(const EffectiveUser user, EffectiveUser::become(owner));
    EVALX_TRY(GroupDirectory slot,
              GroupDirectory::make(root_.path() + "/" + name,
                                   {"cgroup.procs", "cgroup.subtree_control"}));
    EVALX_TRY(GroupDirectory supervisor,
              GroupDirectory::make(slot.path() + "/supervisor", {"cgroup.procs"}));
    EVALX_TRY(Fd for_run, open_at(slot.fd(), ".", O_DIRECTORY | O_RDONLY));
    group =
        std::make_unique<V2SlotGroup>(std::move(slot), std::move(supervisor), std::move(for_run));
  }
  EVALX_TRY_VOID(group->open_files());
  return group;
}

constexpr std::string_view kMain = "/evalx-main";

/// Moves processes to a leaf "evalx-main". An ordinary user owns only a group that was given to it,
/// so all processes in the group are moved. Root could own any group: it moves only this process
/// and its parent.
Result<> move_into_main(const Fd& dir) {
  const std::string procs = std::string{kMain.substr(1)} + "/cgroup.procs";
  if (::mkdirat(dir.get(), kMain.substr(1).data(), 0755) < 0 && errno != EEXIST)
    return fail(last_error(), "mkdir evalx-main");
  std::vector<std::string> moving{std::to_string(::getppid()), "0"};
  if (::geteuid() != 0) {
    EVALX_TRY(const std::string text, read_file(dir.get(), "cgroup.procs"));
    std::istringstream inside{text};
    for (std::string pid; std::getline(inside, pid);) moving.insert(moving.begin(), pid);
  }
  for (const std::string& pid : moving) {
    auto moved = write_file(dir.get(), procs.c_str(), pid);
    if (!moved && moved.error().code != std::errc::no_such_process) return moved;
  }
  return {};
}

/// Enables the controllers for the children of `directory`. The kernel refuses that (EBUSY) if the
/// group has processes and is not the root; then they are moved to a leaf first.
Result<> delegate(const std::string& directory) {
  EVALX_TRY(const Fd dir, open_at(AT_FDCWD, directory.c_str(), O_DIRECTORY | O_RDONLY));
  if (write_file(dir.get(), "cgroup.subtree_control", kControllers)) return {};
  EVALX_TRY_VOID(move_into_main(dir));
  return write_file(dir.get(), "cgroup.subtree_control", kControllers);
}

}  // namespace

Result<std::unique_ptr<CgroupTree>> open_cgroup_v2(const CgroupMount& mount, GroupOwner owner) {
  // Use this process' own group if controllers can be enabled in it (a service, a container);
  // otherwise the root group, which needs root. If another evalX started this process, or ran here
  // before, this process is in the leaf evalx-main that it made.
  std::string parent = mount.own;
  if (parent.ends_with(kMain)) parent.resize(parent.size() - kMain.size());
  if (auto delegated = delegate(parent); !delegated) {
    parent = mount.path;
    EVALX_TRY_VOID(delegate(parent));
  }
  sweep_dead_groups(parent);
  EVALX_TRY(GroupDirectory root, make_top_group(parent));
  EVALX_TRY_VOID(write_file(root.fd(), "cgroup.subtree_control", kControllers));
  EVALX_TRY(GroupDirectory launcher, GroupDirectory::make(root.path() + "/launcher", {}));
  EVALX_TRY_VOID(root.give_to(owner, {"cgroup.procs"}));
  return std::make_unique<V2Tree>(std::move(root), std::move(launcher));
}

}  // namespace evalx::kernel
