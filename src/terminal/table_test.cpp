#include "terminal/table.hpp"

#include <gtest/gtest.h>

namespace evalx::terminal {
namespace {

using Align = Column::Align;

Table people() {
  return Table{{{"name"}, {"age", Align::Right}, {"says"}}};
}

TEST(Table, AlignsColumnsWithoutTrailingBlanks) {
  Table table = people();
  table.add({{"Zoë"}, {"7"}, {"hello"}});
  table.add({{"Alexander"}, {"42"}, {""}});
  EXPECT_EQ(table.render(Paint::plain(), 80),
            "name       age  says\n"
            "Zoë          7  hello\n"
            "Alexander   42\n");
}

TEST(Table, HasTheSameWidthWithColours) {
  Table table = people();
  table.add({{"a", Style::Bad}, {"7", Style::Dim}, {"x"}});
  const std::string text = table.render(Paint::colours(), 80);
  EXPECT_NE(text.find("\x1b[31ma\x1b[0m       \x1b[2m7\x1b[0m  x"), std::string::npos) << text;
}

TEST(Table, CutsOnlyTheLastColumnToTheWidth) {
  Table table = people();
  table.add({{"a"}, {"7"}, {std::string(100, 'x')}});
  EXPECT_EQ(table.render(Paint::plain(), 40),
            "name  age  says\na       7  " + std::string(28, 'x') + "…\n");
}

TEST(Table, KeepsControlCharactersOnOneLine) {
  Table table = people();
  table.add({{"a\nb"}, {"7"}, {"\x1b[2J"}});
  EXPECT_EQ(table.render(Paint::plain(), 80), "name  age  says\na\\nb    7  \\x1b[2J\n");
}

}  // namespace
}  // namespace evalx::terminal
