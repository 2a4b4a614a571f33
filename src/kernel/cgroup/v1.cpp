// Cgroup v1: memory, pids and cpuacct, each in a hierarchy of its own.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "kernel/capability.hpp"
#include "kernel/cgroup/enclosing.hpp"
#include "kernel/cgroup/tree.hpp"
#include "kernel/cgroup/v1_run_group.hpp"
#include "kernel/file.hpp"

namespace evalx::kernel {
namespace {

constexpr std::array<const char*, kV1Hierarchies> kControllers{"memory", "pids", "cpuacct"};

/// Null if no hierarchy has the controller.
const CgroupMount* hierarchy_of(const std::vector<CgroupMount>& mounts, std::string_view name) {
  const auto found = std::find_if(mounts.begin(), mounts.end(), [name](const CgroupMount& mount) {
    const auto& all = mount.controllers;
    return mount.version == CgroupVersion::V1 &&
           std::find(all.begin(), all.end(), name) != all.end();
  });
  return found == mounts.end() ? nullptr : &*found;
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
  V1Tree(std::vector<GroupDirectory> roots, Enclosing enclosing)
      : enclosing_(std::move(enclosing)), roots_(std::move(roots)) {}
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
  Enclosing enclosing_;
  std::vector<GroupDirectory> roots_;
};

Result<std::unique_ptr<SlotGroup>> V1Tree::make_slot_group(const std::string& name, uid_t owner) {
  std::vector<GroupDirectory> directories;
  std::vector<Fd> inside, outside;
  std::unique_ptr<V1RunGroup> run;
  {
    EVALX_TRY(const EffectiveUser slot, EffectiveUser::become(owner));
    std::array<int, kV1Hierarchies> dirs{};
    for (std::size_t i = 0; i < kV1Hierarchies; ++i) {
      EVALX_TRY(GroupDirectory directory,
                GroupDirectory::make(roots_[i].path() + "/" + name, {"tasks"}));
      dirs[i] = directory.fd();
      directories.push_back(std::move(directory));
    }
    EVALX_TRY(run, V1RunGroup::open(dirs, enclosing_));
  }
  for (std::size_t i = 0; i < kV1Hierarchies; ++i) {
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
  Enclosing enclosing;
  for (const char* controller : kControllers) {
    const CgroupMount* const found = hierarchy_of(mounts, controller);
    if (found == nullptr)
      return fail(std::make_error_code(std::errc::not_supported),
                  "find a cgroup hierarchy with the controller", controller);
    sweep_dead_groups(found->own);
    EVALX_TRY(GroupDirectory root, make_top_group(found->own));
    EVALX_TRY_VOID(root.give_to(owner, {"tasks"}));
    if (controller == kControllers[kPids]) enclosing = Enclosing::open(found->path, root.path());
    roots.push_back(std::move(root));
  }
  if (const CgroupMount* const cpu = hierarchy_of(mounts, "cpu"))
    enclosing.watch_cpus(cpu->path, cpu->own, roots[kCpuacct].path() + "/cpuacct.usage");
  return std::make_unique<V1Tree>(std::move(roots), std::move(enclosing));
}

}  // namespace evalx::kernel
