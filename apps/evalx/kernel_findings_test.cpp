#include "kernel_findings.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cerrno>

#include "cgroup_findings.hpp"

namespace evalx::app {
namespace {

TEST(KernelFindings, ReadKernelReleases) {
  using Version = std::pair<unsigned, unsigned>;
  EXPECT_EQ(parse_kernel_release("6.1.0-18-amd64"), Version(6, 1));
  EXPECT_EQ(parse_kernel_release("5.12"), Version(5, 12));
  EXPECT_EQ(parse_kernel_release("6"), std::nullopt);
  EXPECT_EQ(parse_kernel_release("six.one"), std::nullopt);
  EXPECT_EQ(parse_kernel_release(""), std::nullopt);
}

TEST(KernelFindings, ReadTheSwapOfAMachine) {
  EXPECT_EQ(parse_swap_total_kb("MemTotal:  100 kB\nSwapTotal:     2048 kB\n"), 2048U);
  EXPECT_EQ(parse_swap_total_kb("SwapTotal:  0 kB"), 0U);
  EXPECT_EQ(parse_swap_total_kb("SwapTotal:"), 0U);
  EXPECT_EQ(parse_swap_total_kb(""), 0U);
}

TEST(KernelFindings, LeaveNoChildBehind) {
  EXPECT_FALSE(examine_kernel().empty());
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace
}  // namespace evalx::app
