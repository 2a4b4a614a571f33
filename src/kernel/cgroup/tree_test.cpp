#include "kernel/cgroup/tree.hpp"

#include <gtest/gtest.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <functional>
#include <optional>
#include <system_error>

#include "kernel/raw_syscall.hpp"

namespace evalx::kernel {
namespace {

TEST(CgroupMounts, AreParsedOnAHostWithV2Only) {
  const auto mounts = parse_cgroup_mounts(
      "29 23 0:26 / /nowhere/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
      "0::/system.slice/evalx.service\n");
  ASSERT_EQ(mounts.size(), 1U);
  EXPECT_EQ(mounts[0].version, CgroupVersion::V2);
  EXPECT_EQ(mounts[0].own, "/nowhere/cgroup/system.slice/evalx.service");
}

TEST(CgroupMounts, AreParsedOnAHybridHostAndInAContainer) {
  const auto mounts = parse_cgroup_mounts(
      "30 25 0:27 / /cg/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
      "31 25 0:28 /docker/abc /cg/memory rw - cgroup cgroup rw,memory\n",
      "5:memory:/docker/abc/inner\n4:cpu,cpuacct:/user\n0::/\n");
  ASSERT_EQ(mounts.size(), 2U);
  EXPECT_EQ(mounts[0].own, "/cg/cpu,cpuacct/user");
  EXPECT_EQ(mounts[1].own, "/cg/memory/inner");
}

/// A folder of any file system serves: locks and names work there as in a cgroup hierarchy.
class TopGroup : public ::testing::Test {
 protected:
  TopGroup() : parent_(std::filesystem::temp_directory_path() / "evalx-top-XXXXXX") {
    EXPECT_NE(::mkdtemp(parent_.data()), nullptr);
  }
  ~TopGroup() override {
    std::error_code ignored;
    std::filesystem::remove_all(parent_, ignored);
  }
  void make_folder(const std::string& name) const {
    std::filesystem::create_directory(parent_ + "/" + name);
  }
  bool has(const std::string& name) const { return std::filesystem::exists(parent_ + "/" + name); }

  std::string parent_;
};

TEST_F(TopGroup, IsNotSweptWhileItsMakerLives) {
  const auto group = make_top_group(parent_);
  ASSERT_TRUE(group) << group.error().what;
  std::filesystem::create_directory(group->path() + "/slot-0");
  sweep_dead_groups(parent_);
  EXPECT_TRUE(std::filesystem::exists(group->path() + "/slot-0"));
  EXPECT_TRUE(group->exists());
}

TEST_F(TopGroup, IsNotSweptFromAnotherPidNamespace) {
  const auto group = make_top_group(parent_);
  ASSERT_TRUE(group) << group.error().what;
  make_folder("evalx-" + std::to_string(::getpid()));  // As an earlier evalX made it.
  const pid_t outer = ::fork();
  if (outer == 0) {
    if (::unshare(CLONE_NEWPID) != 0) ::_exit(2);
    const pid_t inner = ::fork();
    if (inner == 0) {
      sweep_dead_groups(parent_);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(inner, &status, 0);
    ::_exit(WEXITSTATUS(status));
  }
  int status = 0;
  ASSERT_EQ(::waitpid(outer, &status, 0), outer);
  if (WEXITSTATUS(status) == 2) GTEST_SKIP() << "no right to make a pid namespace";
  ASSERT_EQ(status, 0);
  EXPECT_TRUE(group->exists());
  EXPECT_TRUE(has("evalx-" + std::to_string(::getpid())));
}

TEST_F(TopGroup, IsSweptWhenTheLastHolderOfItsLockIsDead) {
  std::array<int, 2> gate{};
  ASSERT_EQ(::pipe(gate.data()), 0);
  std::optional<GroupDirectory> group{make_top_group(parent_).value()};
  const std::string path = group->path();
  const pid_t keeper = ::fork();  // Has a copy of the descriptor, as a launcher's keeper.
  if (keeper == 0) {
    ::close(gate[1]);
    char byte = 0;
    ::_exit(static_cast<int>(::read(gate[0], &byte, 1)));
  }
  ::close(gate[0]);
  std::filesystem::create_directory(path + "/slot-0");
  group.reset();  // rmdir fails: the group has a child.
  sweep_dead_groups(parent_);
  EXPECT_TRUE(std::filesystem::exists(path)) << "the keeper still has the lock";
  ::close(gate[1]);
  ASSERT_EQ(::waitpid(keeper, nullptr, 0), keeper);
  sweep_dead_groups(parent_);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(TopGroup, HasANameOfItsOwnForEachTree) {
  const auto one = make_top_group(parent_);
  const auto other = make_top_group(parent_);
  ASSERT_TRUE(one && other);
  EXPECT_NE(one->path(), other->path());
}

TEST_F(TopGroup, KnowsThatAnotherProcessRemovedIt) {
  const auto group = make_top_group(parent_);
  ASSERT_TRUE(group) << group.error().what;
  std::filesystem::remove(group->path());
  EXPECT_FALSE(group->exists());
  std::filesystem::create_directory(group->path());
  EXPECT_FALSE(group->exists()) << "a new directory of the same name is not the group";
}

TEST_F(TopGroup, LeavesOtherNamesAlone) {
  for (const char* name : {"evalx-main", "evalx", "evalx-7x", "user.slice"}) make_folder(name);
  sweep_dead_groups(parent_);
  for (const char* name : {"evalx-main", "evalx", "evalx-7x", "user.slice"})
    EXPECT_TRUE(has(name)) << name;
}

/// Runs with the cgroup version of this machine.
class RunGroupTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto tree = open_cgroup_tree({::geteuid(), ::getegid()});
    if (!tree) GTEST_SKIP() << "no writable cgroup: " << tree.error().what;
    tree_ = *std::move(tree);
    auto group = tree_->make_slot_group("test", 0);
    ASSERT_TRUE(group) << group.error().what;
    group_ = *std::move(group);
    // Enters as a supervisor does: on v2 the run group can have limits only after that.
    const pid_t supervisor = ::fork();
    if (supervisor == 0) {
      const bool entered = group_->enter_namespace_root() && group_->enter_as_supervisor();
      ::_exit(entered ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(supervisor, &status, 0), supervisor);
    ASSERT_EQ(status, 0);
  }

  /// Starts `body` inside the run group and returns its wait status.
  int run(const std::function<int()>& body) {
    const int into = group_->run_group().clone_into_fd();
    clone_args arguments{};
    arguments.exit_signal = SIGCHLD;
    if (into >= 0) {
      arguments.flags = CLONE_INTO_CGROUP;
      arguments.cgroup = static_cast<std::uint64_t>(into);
    }
    const long pid = raw_syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid == 0) {
      for (const int join : group_->run_group().join_fds()) {
        if (::write(join, "0", 1) != 1) ::_exit(99);
      }
      ::_exit(body());
    }
    int status = 0;
    EXPECT_EQ(::waitpid(static_cast<pid_t>(pid), &status, 0), pid);
    return status;
  }

  std::unique_ptr<CgroupTree> tree_;
  std::unique_ptr<SlotGroup> group_;
};

constexpr GroupLimits kSmall{mebibytes(32), 4};

TEST_F(RunGroupTest, CountsTheCpuTimeOfDeadProcesses) {
  ASSERT_TRUE(group_->run_group().begin(kSmall));
  run([] {
    timespec now{};
    do ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    while (now.tv_nsec < 50'000'000);
    return 0;
  });
  const auto usage = group_->run_group().usage();
  ASSERT_TRUE(usage) << usage.error().what;
  EXPECT_GE(usage->cpu_user + usage->cpu_system, Microseconds{45'000});
  EXPECT_LT(usage->cpu_user + usage->cpu_system, Microseconds{500'000});
  ASSERT_TRUE(group_->run_group().begin(kSmall));
  EXPECT_LT(group_->run_group().cpu_time().value(), Microseconds{5'000});
}

TEST_F(RunGroupTest, ReportsThatTheOomKillerKilledAProcess) {
  ASSERT_TRUE(group_->run_group().begin(kSmall));
  const int status = run([] {
    constexpr std::size_t kSize = 64U << 20U;
    void* memory =
        ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    std::memset(memory, 1, kSize);
    return 0;
  });
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  const auto usage = group_->run_group().usage();
  ASSERT_TRUE(usage) << usage.error().what;
  EXPECT_TRUE(usage->memory_limit_hit);
  EXPECT_LE(usage->memory_peak, kSmall.memory);
  EXPECT_GE(usage->memory_peak, mebibytes(30));
  ASSERT_TRUE(group_->run_group().begin(kSmall));
  EXPECT_FALSE(group_->run_group().usage().value().memory_limit_hit);
  EXPECT_LT(group_->run_group().usage().value().memory_peak, mebibytes(2));
}

TEST_F(RunGroupTest, RefusesMoreProcessesThanTheLimit) {
  ASSERT_TRUE(group_->run_group().begin(kSmall));
  const int status = run([] {
    int gate[2] = {};
    if (::pipe(gate) != 0) return 99;
    int refused = 0;
    for (int i = 0; i < 8; ++i) {
      const pid_t pid = ::fork();
      if (pid < 0) ++refused;
      if (pid != 0) continue;
      ::close(gate[1]);
      char byte = 0;
      ::_exit(static_cast<int>(::read(gate[0], &byte, 1)));
    }
    ::close(gate[1]);
    while (::wait(nullptr) > 0) {
    }
    return refused;
  });
  EXPECT_EQ(WEXITSTATUS(status), 5);
  EXPECT_TRUE(group_->run_group().usage().value().process_limit_hit);
}

}  // namespace
}  // namespace evalx::kernel
