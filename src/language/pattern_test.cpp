#include "language/pattern.hpp"

#include <gtest/gtest.h>

namespace evalx::language {
namespace {

TEST(Pattern, MatchesOnlyTheWholeText) {
  EXPECT_TRUE(matches_whole("-O[0-3]", "-O2"));
  EXPECT_FALSE(matches_whole("-O[0-3]", "-O2 -o"));
  EXPECT_FALSE(matches_whole("-O[0-3]", "x-O2"));
  EXPECT_FALSE(matches_whole("-O[0-3]", "-O2\n"));
}

TEST(Pattern, NeverMatchesATooLongText) {
  EXPECT_TRUE(matches_whole("a*", std::string(kMaxMatchedBytes, 'a')));
  EXPECT_FALSE(matches_whole("a*", std::string(kMaxMatchedBytes + 1, 'a')));
}

TEST(Pattern, FindsTheFirstGroup) {
  EXPECT_EQ(first_group("version ([0-9.]+)", "GNU bash, version 5.2.15(1)"), "5.2.15");
  EXPECT_EQ(first_group("version ([0-9.]+)", "none"), std::nullopt);
  EXPECT_EQ(first_group("version ([0-9.]*)", "version x"), std::nullopt);
}

TEST(Pattern, ReportsTheProblemOfAPattern) {
  EXPECT_EQ(pattern_problem("a(b)", 1), std::nullopt);
  EXPECT_NE(pattern_problem("a(b"), std::nullopt);
  EXPECT_NE(pattern_problem("ab", 1), std::nullopt);
}

}  // namespace
}  // namespace evalx::language
