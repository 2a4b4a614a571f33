#include "service/limit_bounds.hpp"

#include <gtest/gtest.h>

namespace evalx::service {
namespace {

submission::Limits most(Bytes budget, std::uint64_t processes, std::size_t sandboxes) {
  config::Machine machine;
  machine.memory_budget = budget;
  machine.processes = processes;
  config::Settings settings;
  settings.max_concurrent_sandboxes = sandboxes;
  return limit_bounds(machine, settings).most;
}

TEST(LimitBounds, AreThoseOfTheTableOnALargeMachine) {
  EXPECT_EQ(most(mebibytes(8192), 32'704, 8), submission::most_limits());
}

TEST(LimitBounds, AreWhatASmallContainerLeaves) {
  EXPECT_EQ(most(mebibytes(236), 36, 1).memory, mebibytes(236));
  EXPECT_EQ(most(mebibytes(236), 36, 1).processes, 36U);
  EXPECT_EQ(most(mebibytes(236), 600, 2).processes, 300U);
  EXPECT_EQ(most(mebibytes(236), 600, 100).processes, 64U);
  submission::LimitBounds bounds;
  bounds.most = most(mebibytes(236), 36, 1);
  EXPECT_EQ(submission::default_limits(bounds).memory, mebibytes(236));
  EXPECT_EQ(submission::default_limits(bounds).processes, 36U);
}

}  // namespace
}  // namespace evalx::service
