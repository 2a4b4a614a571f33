#include "kernel/cgroup/delegation.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "kernel/cgroup/tree.hpp"
#include "kernel/file.hpp"

namespace evalx::kernel {
namespace {

std::string text_of(const std::string& path) {
  return read_file(AT_FDCWD, path.c_str()).value_or("");
}

bool enter(const std::string& group, pid_t pid = 0) {
  return write_file(AT_FDCWD, (group + "/cgroup.procs").c_str(), std::to_string(pid)).has_value();
}

/// A group of version 2, with or without controllers: of a hybrid host, it has none.
class DelegationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const CgroupMount& mount :
         parse_cgroup_mounts(text_of("/proc/self/mountinfo"), text_of("/proc/self/cgroup"))) {
      if (mount.version != CgroupVersion::V2) continue;
      group_ = mount.path + "/delegation-test-" + std::to_string(::getpid());
      static_cast<void>(write_file(AT_FDCWD, (mount.path + "/cgroup.subtree_control").c_str(),
                                   kDelegatedControllers)
                            .has_value());
    }
    if (group_.empty() || ::mkdir(group_.c_str(), 0755) < 0)
      GTEST_SKIP() << "needs the right to make a cgroup of version 2";
  }
  void TearDown() override {
    if (!group_.empty()) ::rmdir(group_.c_str());
  }

  /// Runs `body` in a child in the group; returns what it returned.
  [[nodiscard]] int in_group(const std::function<int()>& body) const {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(enter(group_) ? body() : 99);
    int status = 0;
    ::waitpid(child, &status, 0);
    return WEXITSTATUS(status);
  }
  [[nodiscard]] bool has_main() const {
    return ::access((group_ + "/" + Delegation::kMain).c_str(), F_OK) == 0;
  }

  /// The controllers of the groups below.
  [[nodiscard]] std::string enabled() const {
    const std::string text = text_of(group_ + "/cgroup.subtree_control");
    return text.substr(0, text.find('\n'));
  }

  std::string group_;
};

TEST_F(DelegationTest, MovesNoProcessOfOthersAndLeavesTheGroupAsItWas) {
  const pid_t other = ::fork();
  if (other == 0) {
    ::pause();
    ::_exit(0);
  }
  ASSERT_TRUE(enter(group_, other));
  const std::string place = text_of("/proc/" + std::to_string(other) + "/cgroup");
  const int code = in_group([this] {
    const std::string before = text_of("/proc/self/cgroup");
    const auto made = Delegation::prepare(group_);
    if (made) return 1;
    return text_of("/proc/self/cgroup") == before ? 0 : 2;
  });
  EXPECT_EQ(code, 0);
  EXPECT_EQ(text_of("/proc/" + std::to_string(other) + "/cgroup"), place);
  EXPECT_FALSE(has_main());
  EXPECT_EQ(enabled(), "");
  ::kill(other, SIGKILL);
  ::waitpid(other, nullptr, 0);
}

TEST_F(DelegationTest, EndsWithTheGroupAsItWas) {
  if (text_of(group_ + "/cgroup.controllers").find("memory") == std::string::npos)
    GTEST_SKIP() << "cgroup v2 has no memory controller here";
  const int code = in_group([this] {
    const std::string before = text_of("/proc/self/cgroup");
    {
      const auto made = Delegation::prepare(group_);
      if (!made) return 1;
      if (text_of("/proc/self/cgroup").find(Delegation::kMain) == std::string::npos) return 2;
    }
    return text_of("/proc/self/cgroup") == before ? 0 : 3;
  });
  EXPECT_EQ(code, 0);
  EXPECT_FALSE(has_main());
  EXPECT_EQ(enabled(), "");
}

TEST_F(DelegationTest, LeavesTheControllersOfAGroupThatHadThem) {
  const auto done =
      write_file(AT_FDCWD, (group_ + "/cgroup.subtree_control").c_str(), kDelegatedControllers);
  if (!done) GTEST_SKIP() << "cgroup v2 has no memory controller here";
  const std::string before = enabled();
  EXPECT_TRUE(Delegation::prepare(group_));
  EXPECT_EQ(enabled(), before);
}

}  // namespace
}  // namespace evalx::kernel
