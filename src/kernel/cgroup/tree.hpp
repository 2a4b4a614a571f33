#pragma once
// CgroupTree: where on this machine our groups can be made, and the making of one per slot.

#include <sys/types.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "kernel/cgroup/run_group.hpp"
#include "kernel/fd.hpp"

namespace evalx::kernel {

enum class CgroupVersion { V1, V2, None };

/// Who makes groups below the tree's directory, on this machine's ids.
struct GroupOwner {
  uid_t uid = 0;
  gid_t gid = 0;
};

/// The groups of one slot. Destruction removes the directories; the processes inside must be dead.
class SlotGroup {
 public:
  virtual ~SlotGroup() = default;
  /// The part that the slot's supervisor works with; it outlives a fork, directories do not move.
  virtual RunGroup& run_group() = 0;
  /// A supervisor calls the two in this order, once, with unshare(CLONE_NEWCGROUP) between them:
  /// the first moves it to the group that programs shall see as the root of all groups,
  virtual Result<> enter_namespace_root() = 0;
  /// the second to where it belongs: outside of the run group, so that no program's limit meets it.
  virtual Result<> enter_as_supervisor() = 0;
  /// What a supervisor needs of this, with those of its run group, until it has entered.
  [[nodiscard]] virtual std::vector<int> descriptors() const = 0;
};

class CgroupTree {
 public:
  virtual ~CgroupTree() = default;
  [[nodiscard]] virtual CgroupVersion version() const = 0;
  /// What is used, for people: "v2 at /sys/fs/cgroup/evalx".
  [[nodiscard]] virtual std::string describe() const = 0;
  /// Moves the calling process, which is to call make_slot_group(), to where it may move
  /// supervisors from. To be called once, while its rights are those of open_cgroup_tree().
  virtual Result<> enter_as_launcher() = 0;
  /// `owner`: the uid the supervisor runs as, by the ids of the calling process, which must be the
  /// tree's owner or root; it may manage the group's inside. Errors: of the file that failed.
  virtual Result<std::unique_ptr<SlotGroup>> make_slot_group(const std::string& name,
                                                             uid_t owner) = 0;
  /// For a copy of the tree in a fork, when who made the groups is dead: removes what it left.
  /// False while processes are still in it.
  virtual bool remove_slot_groups() = 0;
};

/// One hierarchy of /proc/self/mountinfo, and where in it the calling process is.
struct CgroupMount {
  CgroupVersion version;
  std::vector<std::string> controllers;  ///< v1: of the mount. v2: of the own group's parent.
  std::string path;                      ///< Directory of the mount point.
  std::string own;                       ///< Path below it of the calling process' group.
};

/// Reads mountinfo and cgroup texts as in proc(5).
std::vector<CgroupMount> parse_cgroup_mounts(std::string_view mountinfo, std::string_view cgroup);

/// Finds the hierarchy that holds memory, pids and cpu, prefers v2, makes a directory "evalx-PID"
/// for this process, which `owner` may use, and removes such directories of dead processes. Only
/// who may write above it can remove that directory: a copy of the tree in a fork of this process
/// must be destroyed with rights as they are now, after all others. Errors: ENOTSUP without such a
/// hierarchy, EACCES or EROFS when it cannot be written.
Result<std::unique_ptr<CgroupTree>> open_cgroup_tree(GroupOwner owner);

// The two ways, chosen by open_cgroup_tree().
Result<std::unique_ptr<CgroupTree>> open_cgroup_v1(const std::vector<CgroupMount>& mounts,
                                                   GroupOwner owner);
Result<std::unique_ptr<CgroupTree>> open_cgroup_v2(const CgroupMount& mount, GroupOwner owner);

/// For a machine where open_cgroup_tree() fails. Its run groups count what can be counted of single
/// processes, and hold no limit (RunGroup::holds_limits()).
std::unique_ptr<CgroupTree> no_cgroup_tree();

/// A directory that is removed with its owner, and first made. It and those of its files that are
/// named belong to the calling process' effective user, and its group may write them as well: so
/// the tree's owner can use what it made as the owner of a slot.
class GroupDirectory {
 public:
  static Result<GroupDirectory> make(std::string path, std::initializer_list<const char*> files);
  /// Gives it with these files to somebody else. Errors: chown(2)'s, naming the file.
  Result<> give_to(GroupOwner owner, std::initializer_list<const char*> files);
  GroupDirectory(GroupDirectory&& other) noexcept = default;
  GroupDirectory& operator=(GroupDirectory&&) = delete;
  ~GroupDirectory();
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  GroupDirectory(std::string path, Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::string path_;
  Fd fd_;
};

/// Removes "evalx-PID" directories, with those below them, of processes that are no more.
void sweep_dead_groups(const std::string& directory);

/// Removes all groups below that are empty. False while processes are left in some of them.
bool remove_groups_below(const std::string& directory);

}  // namespace evalx::kernel
