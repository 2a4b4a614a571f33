#include "doctor/kernel_facts.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cerrno>

#include "kernel/file.hpp"

namespace evalx::doctor {
namespace {

TEST(KernelFacts, LeaveNoChildAndNoMountBehind) {
  const auto mounts = kernel::read_file(AT_FDCWD, "/proc/self/mountinfo");
  EXPECT_FALSE(look_at_kernel().release.empty());
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
  EXPECT_EQ(kernel::read_file(AT_FDCWD, "/proc/self/mountinfo").value(), mounts.value());
}

TEST(KernelFacts, NameEveryKindOfNamespace) {
  EXPECT_EQ(look_at_kernel().namespaces.size(), 6U);
}

TEST(KernelFacts, ReadNumbersFromFiles) {
  EXPECT_EQ(number_in("/no/such/file"), std::nullopt);
  EXPECT_TRUE(number_in("/proc/sys/kernel/pid_max").has_value());
  EXPECT_EQ(number_in("/proc/sys/kernel/ostype"), std::nullopt);
}

}  // namespace
}  // namespace evalx::doctor
