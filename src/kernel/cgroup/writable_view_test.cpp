#include "kernel/cgroup/writable_view.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "kernel/file.hpp"

namespace evalx::kernel {
namespace {

std::vector<CgroupMount> mounts_here() {
  const auto mountinfo = read_file(AT_FDCWD, "/proc/self/mountinfo");
  const auto cgroup = read_file(AT_FDCWD, "/proc/self/cgroup");
  if (!mountinfo || !cgroup) return {};
  return parse_cgroup_mounts(*mountinfo, *cgroup);
}

/// As a container engine leaves them.
bool make_read_only(const std::vector<CgroupMount>& mounts) {
  if (::unshare(CLONE_NEWNS) < 0) return false;
  if (::mount(nullptr, "/", nullptr, MS_PRIVATE | MS_REC, nullptr) < 0) return false;
  for (const CgroupMount& mount : mounts) {
    mount_attr change{};
    change.attr_set = MOUNT_ATTR_RDONLY;
    if (::syscall(SYS_mount_setattr, AT_FDCWD, mount.path.c_str(), 0, &change, sizeof change) < 0)
      return false;
  }
  return true;
}

enum Step { kDone, kCannotPrepare, kNotReadOnly, kNoTree };

/// In a process of its own, whose namespaces end with it.
Step open_a_tree_over_read_only_mounts() {
  const std::vector<CgroupMount> before = mounts_here();
  if (!make_read_only(before)) return kCannotPrepare;
  for (const CgroupMount& mount : mounts_here()) {
    if (!mount.read_only) return kNotReadOnly;
  }
  return open_cgroup_tree({::geteuid(), ::getegid()}) ? kDone : kNoTree;
}

TEST(WritableView, OpensATreeWhereAContainerHasItReadOnly) {
  if (!open_cgroup_tree({::geteuid(), ::getegid()})) GTEST_SKIP() << "no writable cgroup";
  const pid_t child = ::fork();
  if (child == 0) ::_exit(open_a_tree_over_read_only_mounts());
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), kDone);
  for (const CgroupMount& mount : mounts_here()) EXPECT_FALSE(mount.read_only) << mount.path;
}

TEST(WritableView, LeavesTheNamespaceAloneWhereNothingIsReadOnly) {
  const auto before = std::filesystem::read_symlink("/proc/self/ns/mnt");
  ASSERT_TRUE(make_writable_here({{CgroupVersion::V2, {}, "/nowhere", "/nowhere"}}));
  EXPECT_EQ(std::filesystem::read_symlink("/proc/self/ns/mnt"), before);
}

}  // namespace
}  // namespace evalx::kernel
