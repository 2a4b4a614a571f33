#include "language/probe.hpp"

#include <gtest/gtest.h>

namespace evalx::language {
namespace {

using std::chrono::milliseconds;

TEST(Probe, ReturnsTheOutputOfEachCommand) {
  const auto results = probe({{"/bin/sh", "-c", "echo out"}, {"/bin/sh", "-c", "echo err >&2"}});
  EXPECT_EQ(results[0].output, "out\n");
  EXPECT_EQ(results[0].problem, "");
  EXPECT_EQ(results[1].output, "err\n");
}

TEST(Probe, ReportsWhyThereIsNoAnswer) {
  const auto results =
      probe({{"/nonexistent"}, {"/bin/sh", "-c", "exit 3"}, {"/bin/sh", "-c", "kill -9 $$"}});
  EXPECT_EQ(results[0].problem, "No such file or directory");
  EXPECT_EQ(results[1].problem, "exit code 3");
  EXPECT_EQ(results[2].problem, "killed by signal 9");
}

TEST(Probe, EndsAtItsDeadlineIfACommandDoesNotEnd) {
  const auto start = std::chrono::steady_clock::now();
  const auto results = probe(
      {{"/bin/cat", "/dev/zero"}, {"/bin/sh", "-c", "exec tail -f /dev/null"}}, milliseconds{200});
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds{3000});
  EXPECT_NE(results[0].problem, "");
  EXPECT_LE(results[0].output.size(), kMaxProbeOutput);
  EXPECT_EQ(results[1].problem, "no answer within 200 ms");
}

TEST(Probe, DoesNotWaitForAProcessThatInheritedTheOutput) {
  const auto results =
      probe({{"/bin/sh", "-c", "tail -f /dev/null & echo started"}}, milliseconds{20'000});
  EXPECT_EQ(results[0].output, "started\n");
  EXPECT_EQ(results[0].problem, "");
}

TEST(Probe, RunsMoreCommandsThanItStartsAtOnce) {
  std::vector<std::vector<std::string>> commands;
  for (std::size_t i = 0; i < 2 * kMaxProbesAtOnce + 1; ++i) {
    commands.push_back({"/bin/echo", std::to_string(i)});
  }
  const auto results = probe(commands);
  ASSERT_EQ(results.size(), commands.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(results[i].output, std::to_string(i) + "\n");
  }
}

TEST(Probe, GivesCommandsOnlyASmallEnvironmentAndNoInput) {
  ::setenv("EVALX_SECRET", "hidden", 1);
  const auto results = probe({{"/usr/bin/env"}, {"/bin/cat"}});
  EXPECT_EQ(results[0].output,
            "PATH=/usr/local/bin:/usr/bin:/bin\nHOME=/nonexistent\nLANG=C.UTF-8\n");
  EXPECT_EQ(results[1].output, "");
}

}  // namespace
}  // namespace evalx::language
