#include "judge/output_budget.hpp"

#include <gtest/gtest.h>

namespace evalx::judge {
namespace {

TEST(OutputBudget, KeepsAShareForTheLastTest) {
  OutputBudget budget{
      2, 16};  // Each of four outputs has a share of 2; 8 more are for the first that need them.
  submission::Output first{std::string(100, 'x'), 100};
  submission::Output second = first;
  submission::Output small{"x", 1};
  budget.charge(first);
  budget.charge(second);
  budget.charge(small);
  EXPECT_EQ(first.head.size(), 10U);
  EXPECT_EQ(second.head.size(), 2U);
  EXPECT_TRUE(second.truncated());
  EXPECT_EQ(second.total_bytes, 100U);
  EXPECT_EQ(small.head, "x");
  EXPECT_FALSE(small.truncated());
}

}  // namespace
}  // namespace evalx::judge
