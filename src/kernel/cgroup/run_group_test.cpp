#include "kernel/cgroup/run_group.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <functional>

#include "kernel/cgroup/tree.hpp"
#include "kernel/file.hpp"
#include "kernel/raw_syscall.hpp"

namespace evalx::kernel {
namespace {

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

  /// Sets a limit of the top group, which encloses the run group.
  void limit_enclosing(const std::string& controller, const char* v1, const char* v2,
                       std::uint64_t value) {
    const std::string place = tree_->describe();
    std::string file = place.substr(place.find('/')) + "/" + v2;
    if (tree_->version() == CgroupVersion::V1) {
      const auto mounts = parse_cgroup_mounts(read_file(AT_FDCWD, "/proc/self/mountinfo").value(),
                                              read_file(AT_FDCWD, "/proc/self/cgroup").value());
      const std::string prefix = "evalx-" + std::to_string(::getpid()) + "-";
      for (const CgroupMount& mount : mounts) {
        const auto& all = mount.controllers;
        if (mount.version != CgroupVersion::V1 ||
            std::find(all.begin(), all.end(), controller) == all.end())
          continue;
        for (const auto& entry : std::filesystem::directory_iterator(mount.own)) {
          if (entry.path().filename().native().starts_with(prefix))
            file = entry.path().native() + "/" + v1;
        }
      }
    }
    const auto written = write_file(AT_FDCWD, file.c_str(), std::to_string(value));
    ASSERT_TRUE(written) << file << ": " << written.error().code.message();
  }

  std::unique_ptr<CgroupTree> tree_;
  std::unique_ptr<SlotGroup> group_;
};

/// Bodies of runs.
int use_memory(Bytes size) {
  void* memory =
      ::mmap(nullptr, size.count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  std::memset(memory, 1, size.count);
  return 0;
}
/// A thread that a sanitizer adds to this process is in the group as well.
int foreign_threads() {
  const auto threads = std::filesystem::directory_iterator{"/proc/self/task"};
  return static_cast<int>(std::distance(begin(threads), end(threads))) - 1;
}

/// Returns how many of the forks were refused because of this process and of its children. They
/// are made by the system call alone: after fork(3) a sanitizer starts a thread in each.
int fork_all_at_once(int count) {
  int gate[2] = {};
  if (::pipe(gate) != 0) return 99;
  int refused = -foreign_threads();
  for (int i = 0; i < count; ++i) {
    const auto pid = ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr);
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
}

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
  const int status = run([] { return use_memory(mebibytes(64)); });
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  const auto usage = group_->run_group().usage();
  ASSERT_TRUE(usage) << usage.error().what;
  EXPECT_TRUE(usage->memory_limit_hit);
  EXPECT_FALSE(usage->was_robbed_of_memory);
  EXPECT_LE(usage->memory_peak, kSmall.memory);
  EXPECT_GE(usage->memory_peak, mebibytes(30));
  ASSERT_TRUE(group_->run_group().begin(kSmall));
  EXPECT_FALSE(group_->run_group().usage().value().memory_limit_hit);
  EXPECT_LT(group_->run_group().usage().value().memory_peak, mebibytes(2));
}

TEST_F(RunGroupTest, RefusesMoreProcessesThanTheLimit) {
  ASSERT_TRUE(group_->run_group().begin(kSmall));
  const int status = run([] { return fork_all_at_once(8); });
  EXPECT_EQ(WEXITSTATUS(status), 5);
  const auto usage = group_->run_group().usage();
  EXPECT_TRUE(usage->process_limit_hit);
  EXPECT_FALSE(usage->was_robbed_of_processes);
}

TEST_F(RunGroupTest, DoesNotTakeTheMemoryLimitOfAnEnclosingGroupForItsOwn) {
  limit_enclosing("memory", "memory.limit_in_bytes", "memory.max", mebibytes(24).count);
  ASSERT_TRUE(group_->run_group().begin({mebibytes(96), 4}));
  const int status = run([] { return use_memory(mebibytes(64)); });
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  EXPECT_FALSE(group_->run_group().is_out_of_memory());
  const auto usage = group_->run_group().usage();
  ASSERT_TRUE(usage) << usage.error().what;
  EXPECT_FALSE(usage->memory_limit_hit);
  EXPECT_TRUE(usage->was_robbed_of_memory);
}

TEST_F(RunGroupTest, DoesNotTakeTheProcessLimitOfAnEnclosingGroupForItsOwn) {
  limit_enclosing("pids", "pids.max", "pids.max", 3);
  ASSERT_TRUE(group_->run_group().begin({mebibytes(32), 8}));
  const int status = run([] { return fork_all_at_once(5); });
  EXPECT_EQ(WEXITSTATUS(status), 3);
  const auto usage = group_->run_group().usage();
  ASSERT_TRUE(usage) << usage.error().what;
  EXPECT_FALSE(usage->process_limit_hit);
  EXPECT_TRUE(usage->was_robbed_of_processes);
}

}  // namespace
}  // namespace evalx::kernel
