#include "metrics/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>

namespace evalx::metrics {
namespace {

TEST(ProcessUsage, SeesAnOpenedFile) {
  const auto before = process_usage();
  ASSERT_TRUE(before) << before.error().what;
  const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(file, 0);
  const auto after = process_usage();
  ::close(file);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->open_fds, before->open_fds + 1);
}

TEST(ProcessUsage, IsPlausible) {
  const auto usage = process_usage();
  ASSERT_TRUE(usage);
  EXPECT_GT(usage->resident, mebibytes(1));
  EXPECT_GT(usage->virtual_size, usage->resident);
  EXPECT_GE(usage->threads, 1U);
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_LE(usage->start_time_seconds, now + 2);
  EXPECT_GT(usage->start_time_seconds, now - 3600);
}

}  // namespace
}  // namespace evalx::metrics
