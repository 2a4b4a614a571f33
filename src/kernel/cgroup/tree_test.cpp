#include "kernel/cgroup/tree.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

#include "kernel/cgroup/enclosing.hpp"

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

TEST(Enclosing, AreAllDirectoriesUpToTheMount) {
  EXPECT_EQ(enclosing_directories("/cg", "/cg/a/b"),
            (std::vector<std::string>{"/cg/a/b", "/cg/a", "/cg"}));
  EXPECT_EQ(enclosing_directories("/cg", "/cg"), std::vector<std::string>{"/cg"});
}

/// A folder of any file system serves.
TEST_F(TopGroup, HasAsMuchRoomAsTheTightestEnclosingGroup) {
  make_folder("inner");
  const auto group = [&](const std::string& name, const char* most, const char* now) {
    for (const auto& [file, text] : {std::pair{"/pids.max", most}, std::pair{"/pids.current", now}})
      std::ofstream{parent_ + name + file} << text;
  };
  group("", "100\n", "90\n");
  group("/inner", "max\n", "40\n");
  const Enclosing enclosing = Enclosing::open(parent_, parent_ + "/inner");
  EXPECT_TRUE(enclosing.has_room_for(10));
  EXPECT_FALSE(enclosing.has_room_for(11));
  EXPECT_EQ(enclosing.refusals(), 0U);
}

TEST(CpuUse, IsTheSumOfTheCpusAskedAbout) {
  // /proc/stat of a virtual machine, 100 ticks a second.
  constexpr std::string_view kStat =
      "cpu  30 0 12 900 40 0 3 500 0 0\n"
      "cpu0 10 0 5 300 20 0 1 200 0 0\n"
      "cpu1 20 0 7 600 20 0 2 300 4 0\n"
      "intr 12 0 0\nctxt 4\n";
  EXPECT_EQ(parse_cpu_use(kStat, -1, {0, 1}).busy, Microseconds{450'000});
  EXPECT_EQ(parse_cpu_use(kStat, -1, {0, 1}).stolen, Microseconds{5'000'000});
  EXPECT_EQ(parse_cpu_use(kStat, -1, {1}).busy, Microseconds{290'000});
  EXPECT_EQ(parse_cpu_use(kStat, 0, {1}).busy, Microseconds{160'000});
  EXPECT_EQ(parse_cpu_use("", 0, {}).busy, Microseconds{});
}

TEST(CpuUse, CountsTheCpusOfTheMachine) {
  EXPECT_EQ(parse_cpu_use("cpu  3 0\ncpu0 1 0\ncpu7 2 0\nintr 1\n", 7, {7}).cpus, 2U);
}

TEST(Crowd, IsHowManyThreadsWantEachCpu) {
  EXPECT_EQ(parse_crowd("0.20 0.18 0.12 9/80 11206\n", 2, 0), 5);
  EXPECT_EQ(parse_crowd("0.20 0.18 0.12 1/80 11206\n", 2, 0), 1);
  EXPECT_EQ(parse_crowd("0.20 0.18 0.12 8/80 11206\n", 2, 3), 4 * 1.25 * 1.25 * 1.25);
  EXPECT_EQ(parse_crowd("0.20 0.18 0.12 8/80 11206\n", 2, -20), 4);
  EXPECT_EQ(parse_crowd("", 0, 0), 1);
}

TEST_F(TopGroup, KnowsHowLongTheEnclosingGroupsWereThrottled) {
  make_folder("inner");
  std::ofstream{parent_ + "/cpu.stat"} << "nr_periods 9\nnr_throttled 0\nthrottled_time 2500000\n";
  std::ofstream{parent_ + "/inner/cpu.stat"}
      << "usage_usec 7\nuser_usec 4\nnr_periods 0\nnr_throttled 0\nthrottled_usec 500\n";
  Enclosing enclosing;
  enclosing.watch_cpus(parent_, parent_ + "/inner", parent_ + "/inner/cpu.stat");
  EXPECT_EQ(enclosing.contention(-1).throttled, Microseconds{3000});
  EXPECT_EQ(enclosing.contention(-1).ours, Microseconds{7});
  EXPECT_GT(enclosing.contention(-1).busy, Microseconds{});
  std::ofstream{parent_ + "/cpu.stat"} << "nr_periods 9\nnr_throttled 4\nthrottled_time 2500000\n";
  EXPECT_EQ(enclosing.contention(-1).throttled, Microseconds{400'500});
  EXPECT_GE(enclosing.crowd(), 1);
}

}  // namespace
}  // namespace evalx::kernel
