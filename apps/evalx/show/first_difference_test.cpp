#include "show/first_difference.hpp"

#include <gtest/gtest.h>

namespace evalx::app {
namespace {

using Mode = submission::Compare::Mode;

std::string difference(Mode mode, std::string_view expected, std::string_view actual) {
  return first_difference({.mode = mode}, expected, actual).value_or("none");
}

TEST(FirstDifference, NamesTheLineAndBothSides) {
  EXPECT_EQ(difference(Mode::TrailingWhitespace, "3\n4\n5\n", "3\n4 \n6\n"),
            "line 3: expected `5`, got `6`");
}

TEST(FirstDifference, SaysWhichSideEnds) {
  EXPECT_EQ(difference(Mode::TrailingWhitespace, "1\n2\n", "1\n"),
            "line 2: expected `2`, got the end of the output");
  EXPECT_EQ(difference(Mode::TrailingWhitespace, "1\n", "1\n\n2\n"),
            "line 3: expected the end of the output, got `2`");
  EXPECT_EQ(difference(Mode::TrailingWhitespace, "", "x"),
            "line 1: expected the end of the output, got `x`");
}

TEST(FirstDifference, IsNoneWhereTheRuleSeesNone) {
  EXPECT_EQ(difference(Mode::TrailingWhitespace, "1 2\n", "1 2  \n\n\n"), "none");
  EXPECT_EQ(difference(Mode::Tokens, "1 2\n", " 1\n\n2"), "none");
  EXPECT_EQ(difference(Mode::Float, "0.5 x", "0.50000001 x"), "none");
  EXPECT_EQ(difference(Mode::Exact, "a\n", "a\n"), "none");
}

TEST(FirstDifference, ShowsLineEndsWhereBytesCount) {
  EXPECT_EQ(difference(Mode::Exact, "a\n", "a"), "line 1: expected `a\\n`, got `a`");
  EXPECT_EQ(difference(Mode::Exact, "a\n", "a\r\n"), "line 1: expected `a\\n`, got `a\\r\\n`");
}

TEST(FirstDifference, NamesTheWordInTheTokenModes) {
  EXPECT_EQ(difference(Mode::Tokens, "1 2 3", "1\n2 4"), "line 2: expected `3`, got `4`");
  EXPECT_EQ(difference(Mode::Float, "1.0 2.0", "1.0 2.1"), "line 1: expected `2.0`, got `2.1`");
  EXPECT_EQ(difference(Mode::Tokens, "1 2", "1\n"),
            "line 2: expected `2`, got the end of the output");
}

TEST(FirstDifference, StaysShortAndOnOneLine) {
  const std::string text = difference(Mode::TrailingWhitespace, std::string(1000, 'a'),
                                      "\x1b[2J" + std::string(999, 'b'));
  EXPECT_LT(text.size(), 140U);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace evalx::app
