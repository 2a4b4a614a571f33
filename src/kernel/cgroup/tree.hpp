#pragma once
// CgroupTree: the place on this machine where evalX makes its cgroups, and the group of each slot.

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

/// The user that makes groups below the tree's directory, by its ids on the host.
struct GroupOwner {
  uid_t uid = 0;
  gid_t gid = 0;
};

/// The groups of one slot. The destructor removes the directories; the processes in them must be
/// dead.
class SlotGroup {
 public:
  virtual ~SlotGroup() = default;
  /// The part that the slot's supervisor uses; it also works in a fork.
  virtual RunGroup& run_group() = 0;
  /// Moves the calling supervisor to the group that programs see as the root of all groups. A
  /// supervisor calls it once, then unshare(CLONE_NEWCGROUP), then enter_as_supervisor().
  virtual Result<> enter_namespace_root() = 0;
  /// Moves the supervisor out of the run group, so that a program's limits don't apply to it.
  virtual Result<> enter_as_supervisor() = 0;
  /// The descriptors that a supervisor needs until it has entered, with those of its run group.
  [[nodiscard]] virtual std::vector<int> descriptors() const = 0;
};

class CgroupTree {
 public:
  virtual ~CgroupTree() = default;
  [[nodiscard]] virtual CgroupVersion version() const = 0;
  /// For messages: "v2 at /sys/fs/cgroup/evalx".
  [[nodiscard]] virtual std::string describe() const = 0;
  /// Moves the calling process to a group from which it may later move supervisors. Call it once,
  /// with the rights that open_cgroup_tree() had, before make_slot_group().
  virtual Result<> enter_as_launcher() = 0;
  /// Makes the groups of a slot. `owner`: the uid of the supervisor, as the calling process sees
  /// it; it may make groups inside. The calling process must be the tree's owner or root. Errors:
  /// those of the file that failed, with its name.
  virtual Result<std::unique_ptr<SlotGroup>> make_slot_group(const std::string& name,
                                                             uid_t owner) = 0;
  /// False once another process has removed a top group of the tree: no slot group can be made
  /// then.
  [[nodiscard]] virtual bool exists() const = 0;
  /// Removes the groups that a dead launcher left. Called on a copy of the tree in a fork of it.
  /// Returns false while a group still has processes.
  virtual bool remove_slot_groups() = 0;
};

/// One cgroup hierarchy in /proc/self/mountinfo, and the place of the calling process in it.
struct CgroupMount {
  CgroupVersion version;
  std::vector<std::string> controllers;  ///< Those available at the mount point.
  std::string path;                      ///< The mount point.
  std::string own;                       ///< Directory of the calling process' group.
};

/// Parses the texts of /proc/self/mountinfo and /proc/self/cgroup (proc(5)).
std::vector<CgroupMount> parse_cgroup_mounts(std::string_view mountinfo, std::string_view cgroup);

/// Finds a hierarchy with the controllers memory and pids, on v1 also cpuacct; prefers v2. Makes a
/// top group in it (make_top_group()), which `owner` may use, and removes those that dead processes
/// left (sweep_dead_groups()). Removing the group later needs the right to write its parent: so a
/// copy of the tree in a fork of this process must keep today's rights, and must be destroyed last.
/// With v2, memory and pids are enabled for the groups below the parent as long as the tree or a
/// copy of it exists (kernel/cgroup/delegation.hpp).
/// Errors: ENOTSUP without such a hierarchy, EACCES or EROFS when it cannot be written.
Result<std::unique_ptr<CgroupTree>> open_cgroup_tree(GroupOwner owner);

// open_cgroup_tree() calls one of these two.
Result<std::unique_ptr<CgroupTree>> open_cgroup_v1(const std::vector<CgroupMount>& mounts,
                                                   GroupOwner owner);
Result<std::unique_ptr<CgroupTree>> open_cgroup_v2(const CgroupMount& mount, GroupOwner owner);

/// For a machine where open_cgroup_tree() fails. Its run groups count the usage of single
/// processes, as far as the kernel reports it, and enforce no limit (RunGroup::holds_limits()).
std::unique_ptr<CgroupTree> no_cgroup_tree();

/// A cgroup directory: make() creates it, the destructor removes it. It and the listed files belong
/// to the effective user of the calling process; its group may write them, too: the tree's owner
/// can use a directory that it made as the owner of a slot.
class GroupDirectory {
 public:
  static Result<GroupDirectory> make(std::string path, std::initializer_list<const char*> files);
  /// Changes the owner of the directory and these files. Errors: chown(2)'s, with the file's name.
  Result<> give_to(GroupOwner owner, std::initializer_list<const char*> files);
  GroupDirectory(GroupDirectory&& other) noexcept = default;
  GroupDirectory& operator=(GroupDirectory&&) = delete;
  ~GroupDirectory();
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] int fd() const { return fd_.get(); }
  /// False once the directory is removed.
  [[nodiscard]] bool exists() const;

 private:
  friend Result<GroupDirectory> make_top_group(const std::string& parent);
  /// Opens a directory that exists, and gives it the modes of make().
  static Result<GroupDirectory> open(std::string path, std::initializer_list<const char*> files);
  GroupDirectory(std::string path, Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::string path_;
  Fd fd_;
};

/// Makes a group "evalx-PID-RANDOM" in `parent` that belongs to this process alone: made
/// exclusively, and locked (flock(2)) as long as this process or a fork with a copy of the
/// descriptor lives. PID is only for people: other pid namespaces use the same numbers. Errors:
/// mkdir(2)'s and open(2)'s.
Result<GroupDirectory> make_top_group(const std::string& parent);

/// Removes the top groups in `parent` that no process has locked, with all groups below them. A
/// group "evalx-PID" of an earlier evalX has no lock: it goes if no process has this number, which
/// only a process in the machine's first pid namespace can know.
void sweep_dead_groups(const std::string& parent);

/// Removes all empty groups below `directory`. Returns false if some still have processes.
bool remove_groups_below(const std::string& directory);

}  // namespace evalx::kernel
