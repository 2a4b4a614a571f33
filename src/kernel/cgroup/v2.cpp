// Cgroup v2: one tree. Below our directory each slot has two leaves, "supervisor" and "run".

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/capability.hpp"
#include "kernel/cgroup/delegation.hpp"
#include "kernel/cgroup/enclosing.hpp"
#include "kernel/cgroup/protection.hpp"
#include "kernel/cgroup/tree.hpp"
#include "kernel/cgroup/v2_run_group.hpp"
#include "kernel/file.hpp"

namespace evalx::kernel {
namespace {

class V2SlotGroup final : public SlotGroup {
 public:
  V2SlotGroup(GroupDirectory slot, GroupDirectory supervisor, Fd for_run,
              const Enclosing& enclosing, std::shared_ptr<SumOfProtections> protections)
      : slot_(std::move(slot)),
        supervisor_(std::move(supervisor)),
        run_(std::move(for_run), enclosing),
        protections_(std::move(protections)) {
    protections_->add(kSupervisorProtection);
  }
  ~V2SlotGroup() override {
    ::unlinkat(slot_.fd(), V2RunGroup::kLeaf, AT_REMOVEDIR);
    protections_->subtract(kSupervisorProtection);
  }

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
    const std::string_view controllers = kDelegatedControllers;
    if (::write(slot_control_.get(), controllers.data(), controllers.size()) < 0)
      return fail(last_error(), "write cgroup.subtree_control");
    protect_memory(slot_.fd(), "supervisor", kSupervisorProtection);
    return {};
  }

  std::vector<int> descriptors() const override {
    std::vector<int> all = run_.descriptors();
    all.insert(all.end(),
               {slot_.fd(), join_slot_.get(), join_supervisor_.get(), slot_control_.get()});
    return all;
  }

 private:
  GroupDirectory slot_;
  GroupDirectory supervisor_;
  Fd join_slot_, join_supervisor_, slot_control_;
  V2RunGroup run_;
  std::shared_ptr<SumOfProtections> protections_;
};

class V2Tree final : public CgroupTree {
 public:
  V2Tree(Delegation delegation, GroupDirectory root, GroupDirectory launcher, Enclosing enclosing)
      : delegation_(std::move(delegation)),
        enclosing_(std::move(enclosing)),
        root_(std::move(root)),
        launcher_(std::move(launcher)),
        protections_(std::make_shared<SumOfProtections>(root_.fd())) {
    protect_memory(launcher_.fd(), ".", kLauncherProtection);
    protections_->add(kLauncherProtection);
  }
  CgroupVersion version() const override { return CgroupVersion::V2; }
  std::string describe() const override { return "v2 at " + root_.path(); }
  /// To move a process, the caller must be allowed to write cgroup.procs of the nearest group above
  /// source and target. From this leaf that is the tree's root group, which belongs to its owner.
  Result<> enter_as_launcher() override { return write_file(launcher_.fd(), "cgroup.procs", "0"); }
  Result<std::unique_ptr<SlotGroup>> make_slot_group(const std::string& name, uid_t owner) override;
  bool exists() const override { return root_.exists() && launcher_.exists(); }
  bool remove_slot_groups() override { return remove_groups_below(root_.path()); }

 private:
  Delegation delegation_;  ///< Ends last: without groups of this tree.
  Enclosing enclosing_;
  GroupDirectory root_;
  GroupDirectory launcher_;
  std::shared_ptr<SumOfProtections> protections_;  ///< In root_.
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
    protect_memory(slot.fd(), ".", kSupervisorProtection);
    group = std::make_unique<V2SlotGroup>(std::move(slot), std::move(supervisor),
                                          std::move(for_run), enclosing_, protections_);
  }
  EVALX_TRY_VOID(group->open_files());
  return group;
}

/// The group in which this process makes groups, and its directory.
struct Parent {
  std::string directory;
  Delegation delegation;
  Fd held;  ///< From hold_delegation(). Ends before the delegation, which needs that lock.
};

Result<Parent> prepare_parent(std::string directory) {
  Fd held = hold_delegation(directory);
  EVALX_TRY(Delegation delegation, Delegation::prepare(directory));
  return Parent{std::move(directory), std::move(delegation), std::move(held)};
}

/// This process' own group if controllers can be enabled in it (a service, a container); otherwise
/// the root group, which needs root. If another evalX started this process, or ran here before,
/// this process is in the leaf that it made. The error is that of the own group.
Result<Parent> find_parent(const CgroupMount& mount) {
  const std::string leaf = std::string{"/"} + Delegation::kMain;
  std::string own = mount.own;
  if (own.ends_with(leaf)) own.resize(own.size() - leaf.size());
  auto parent = prepare_parent(std::move(own));
  if (parent) return parent;
  auto root = prepare_parent(mount.path);
  return root ? std::move(root) : std::move(parent);
}

}  // namespace

Result<std::unique_ptr<CgroupTree>> open_cgroup_v2(const CgroupMount& mount, GroupOwner owner) {
  EVALX_TRY(Parent parent, find_parent(mount));
  sweep_dead_groups(parent.directory);
  EVALX_TRY(GroupDirectory root, make_top_group(parent.directory));
  EVALX_TRY_VOID(write_file(root.fd(), "cgroup.subtree_control", kDelegatedControllers));
  EVALX_TRY(GroupDirectory launcher, GroupDirectory::make(root.path() + "/launcher", {}));
  EVALX_TRY_VOID(root.give_to(owner, {"cgroup.procs"}));
  Enclosing enclosing = Enclosing::open(mount.path, root.path());
  enclosing.watch_cpus(mount.path, parent.directory, root.path() + "/cpu.stat");
  return std::make_unique<V2Tree>(std::move(parent.delegation), std::move(root),
                                  std::move(launcher), std::move(enclosing));
}

}  // namespace evalx::kernel
