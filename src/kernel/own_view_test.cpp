#include "kernel/own_view.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

#include "kernel/cgroup/tree.hpp"
#include "kernel/file.hpp"

namespace evalx::kernel {
namespace {

TEST(OwnView, FindsTheObstaclesOfAContainer) {
  const Obstacles docker = find_obstacles(
      "79 50 0:45 / / rw - overlay overlay rw\n"
      "80 79 0:46 / /proc rw,nosuid - proc proc rw\n"
      "81 80 0:46 /bus /proc/bus ro,nosuid - proc proc rw\n"
      "90 79 0:26 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw,nsdelegate\n"
      "91 79 0:29 / /sys/fs/cgroup/cpu ro,nosuid - cgroup cgroup rw,cpu\n");
  EXPECT_TRUE(docker.masked_proc);
  EXPECT_EQ(docker.read_only_cgroups,
            (std::vector<std::string>{"/sys/fs/cgroup", "/sys/fs/cgroup/cpu"}));
}

TEST(OwnView, FindsNoObstacleOnAPlainHost) {
  EXPECT_FALSE(find_obstacles("22 1 0:20 / /proc rw,nosuid shared:5 - proc proc rw\n"
                              "35 22 0:31 / /proc/sys/fs/binfmt_misc rw shared:6 - autofs x rw\n"
                              "29 23 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n"
                              "40 1 8:1 / /rom ro - ext4 /dev/sda1 ro\n")
                   .any());
}

/// Runs `body` in a child process, so that its namespaces end with it.
int in_a_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

bool make_read_only(const std::string& mount) {
  mount_attr change{};
  change.attr_set = MOUNT_ATTR_RDONLY;
  return ::syscall(SYS_mount_setattr, AT_FDCWD, mount.c_str(), 0, &change, sizeof change) == 0;
}

/// Makes the mounts that a container engine makes.
bool enter_a_container() {
  if (::unshare(CLONE_NEWNS) < 0) return false;
  if (::mount(nullptr, "/", nullptr, MS_PRIVATE | MS_REC, nullptr) < 0) return false;
  if (::mount("/dev/null", "/proc/version", nullptr, MS_BIND, nullptr) < 0) return false;
  const auto mountinfo = read_file(AT_FDCWD, "/proc/self/mountinfo");
  const auto cgroup = read_file(AT_FDCWD, "/proc/self/cgroup");
  if (!mountinfo || !cgroup) return false;
  for (const CgroupMount& mount : parse_cgroup_mounts(*mountinfo, *cgroup)) {
    if (!make_read_only(mount.path)) return false;
  }
  return true;
}

bool a_user_namespace_may_mount_proc() {
  // Not unshare(2): it refuses CLONE_NEWUSER to a process with a sanitizer's thread.
  constexpr long kFlags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | SIGCHLD;
  return in_a_child([] {
           const auto child = static_cast<pid_t>(
               ::syscall(SYS_clone, kFlags, nullptr, nullptr, nullptr, nullptr));
           if (child == 0) ::_exit(::mount("proc", "/proc", "proc", 0, nullptr) < 0 ? 1 : 0);
           int status = 0;
           if (child < 0 || ::waitpid(child, &status, 0) != child) return 1;
           return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
         }) == 0;
}

enum Step { kDone, kNoContainer, kNoObstacle, kNoView, kNoTree, kNoProc };

TEST(OwnView, MakesSandboxesPossibleInAContainer) {
  if (!open_cgroup_tree({::geteuid(), ::getegid()})) GTEST_SKIP() << "no writable cgroup";
  const auto before = std::filesystem::read_symlink("/proc/self/ns/mnt");
  EXPECT_EQ(in_a_child([] {
              if (!enter_a_container()) return kNoContainer;
              if (open_cgroup_tree({::geteuid(), ::getegid()}) || a_user_namespace_may_mount_proc())
                return kNoObstacle;
              if (!open_own_view()) return kNoView;
              if (!open_cgroup_tree({::geteuid(), ::getegid()})) return kNoTree;
              return a_user_namespace_may_mount_proc() ? kDone : kNoProc;
            }),
            kDone);
  EXPECT_EQ(std::filesystem::read_symlink("/proc/self/ns/mnt"), before);
}

}  // namespace
}  // namespace evalx::kernel
