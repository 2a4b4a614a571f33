#include "terminal/terminal.hpp"

#include <gtest/gtest.h>

namespace evalx::terminal {
namespace {

TEST(Terminal, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width("é·…"), 3U);
}

TEST(Terminal, EscapesControlCharacters) {
  EXPECT_EQ(printable("a\x1b[31mb\n", 80), "a\\x1b[31mb\\n");
  EXPECT_EQ(printable("\x7f\t\r", 80), "\\x7f\\t\\r");
  EXPECT_EQ(printable("\xc2\x9b", 80), "\\xc2\\x9b");
  EXPECT_EQ(printable(std::string_view{"\0", 1}, 80), "\\x00");
}

TEST(Terminal, ShowsBytesThatAreNotUtf8AsNumbers) {
  EXPECT_EQ(printable("a\xff\xc3", 80), "a\\xff\\xc3");
  EXPECT_EQ(printable("é", 80), "é");
}

TEST(Terminal, CutsALongTextToItsColumns) {
  EXPECT_EQ(printable("abcdef", 6), "abcdef");
  EXPECT_EQ(printable("abcdefg", 6), "abcde…");
  EXPECT_EQ(printable("éééé", 3), "éé…");
  EXPECT_EQ(printable("abcd\nefgh", 6), "abcd…");
  EXPECT_EQ(printable("ab", 1), "…");
  EXPECT_EQ(printable("ab", 0), "");
}

TEST(Terminal, PaintsOnlyWithColours) {
  EXPECT_EQ(Paint::plain()(Style::Good, "ok"), "ok");
  EXPECT_EQ(Paint::colours()(Style::Good, "ok"), "\x1b[32mok\x1b[0m");
  EXPECT_EQ(Paint::colours()(Style::Good, ""), "");
  EXPECT_EQ(Paint::colours()(Style::Plain, "ok"), "ok");
}

TEST(Terminal, HasADefaultWidthForFiles) {
  EXPECT_FALSE(is_terminal(-1));
  EXPECT_EQ(columns_of(-1), kFileWidth);
}

}  // namespace
}  // namespace evalx::terminal
