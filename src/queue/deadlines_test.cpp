#include "queue/deadlines.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace evalx::queue {
namespace {

using namespace std::chrono_literals;
constexpr Clock::Instant kStart{1h};

TEST(Deadlines, RunsOnlyDueActionsEarliestFirst) {
  Deadlines deadlines;
  std::vector<int> ran;
  deadlines.add(kStart + 2s, [&] { ran.push_back(2); });
  deadlines.add(kStart + 1s, [&] { ran.push_back(1); });
  deadlines.add(kStart + 3s, [&] { ran.push_back(3); });
  deadlines.run_due(kStart + 2s);
  EXPECT_EQ(ran, (std::vector<int>{1, 2}));
  EXPECT_EQ(deadlines.next(), kStart + 3s);
}

TEST(Deadlines, AnActionMayRemoveAnotherThatIsDue) {
  Deadlines deadlines;
  const auto second = deadlines.add(kStart + 1s, [] { ADD_FAILURE() << "was removed"; });
  deadlines.add(kStart, [&] { deadlines.remove(second); });
  deadlines.run_due(kStart + 1s);
  EXPECT_FALSE(deadlines.next());
}

}  // namespace
}  // namespace evalx::queue
