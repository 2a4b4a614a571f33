#include "judge/compare.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <sstream>
#include <vector>

namespace evalx::judge {
namespace {

using namespace std::string_view_literals;
using submission::Compare;
using Mode = Compare::Mode;

bool equal(Mode mode, std::string_view expected, std::string_view actual) {
  return !first_difference({.mode = mode}, expected, actual);
}

struct Case {
  std::string_view expected;
  std::string_view actual;
  bool exact;
  bool trailing;
  bool tokens;
  bool floats;
};

// Every kind of output that a comparison must decide, hostile ones included.
constexpr Case kTable[] = {
    {"", "", true, true, true, true},
    {"", "\n", false, true, true, true},
    {"", " \r\n\t\n", false, true, true, true},
    {"", "x", false, false, false, false},
    {"x", "", false, false, false, false},
    {"1\n", "1", false, true, true, true},
    {"1\n2\n", "1\r\n2\r\n", false, true, true, true},
    {"1 \t\n2\n\n\n", "1\n2", false, true, true, true},
    {"1 2\n", "1  2\n", false, false, true, true},
    {"1 2\n", "1\n2\n", false, false, true, true},
    {" 1\n", "1\n", false, false, true, true},
    {"\n1\n", "1\n", false, false, true, true},
    {"1\n\n2\n", "1\n2\n", false, false, true, true},
    {"12", "1 2", false, false, false, false},
    {"a\0b"sv, "a\0b"sv, true, true, true, true},
    {"a\0b"sv, "a\0c"sv, false, false, false, false},
    {"a\0"sv, "a", false, false, false, false},
    {"1\0"sv, "1", false, false, false, false},
    {"1", "1.0000001", false, false, false, true},
    {"1", "1.1", false, false, false, false},
    {"1000000", "1000000.5", false, false, false, true},
    {"0", "-0.0", false, false, false, true},
    {"1", "+1", false, false, false, true},
    {"1", "+-1", false, false, false, false},
    {"-1", "+-1", false, false, false, false},
    {"-1", "--1", false, false, false, false},
    {"1", "1.", false, false, false, true},
    {"0.5", ".5", false, false, false, true},
    {"0", ".", false, false, false, false},
    {"0", "+", false, false, false, false},
    {"0", "-", false, false, false, false},
    {"0", "e5", false, false, false, false},
    {"100", "1e2", false, false, false, true},
    {"100", "1E+2", false, false, false, true},
    {"100", "1e2x", false, false, false, false},
    {"1", "1e", false, false, false, false},
    {"8", "0x1p3", false, false, false, false},
    {"0x1p3", "8", false, false, false, false},
    {"0x1p3", "0x1p3", true, true, true, true},
    {"1", "nan", false, false, false, false},
    {"nan", "nan", true, true, true, true},
    {"nan", "NaN", false, false, false, false},
    {"nan", "1", false, false, false, false},
    {"inf", "inf", true, true, true, true},
    {"inf", "-inf", false, false, false, false},
    {"inf", "1e9999", false, false, false, false},
    {"1e9999", "1e9999", true, true, true, true},
    {"1e9999", "1e9998", false, false, false, false},
    {"1", "1e9999", false, false, false, false},
    {"0", "1e-9999", false, false, false, true},
    {"0", "-1e-99999999999999999999999", false, false, false, true},
    {"0", "1e99999999999999999999999", false, false, false, false},
    {"1", "1,0", false, false, false, false},
    {"1", "\xd9\xa1", false, false, false, false},  // An Arabic-Indic one is no digit here.
    {"yes", "YES", false, false, false, false},
    {"\xff\xfe", "\xff\xfe", true, true, true, true},
};

TEST(Compare, DecidesTheTableInEveryMode) {
  for (const Case& one : kTable) {
    SCOPED_TRACE(
        std::string{"expected \""}.append(one.expected).append("\" actual \"").append(one.actual));
    EXPECT_EQ(equal(Mode::Exact, one.expected, one.actual), one.exact);
    EXPECT_EQ(equal(Mode::TrailingWhitespace, one.expected, one.actual), one.trailing);
    EXPECT_EQ(equal(Mode::Tokens, one.expected, one.actual), one.tokens);
    EXPECT_EQ(equal(Mode::Float, one.expected, one.actual), one.floats);
  }
}

TEST(Compare, NamesThePlaceButNotTheExpectedOutput) {
  const auto where = [](Mode mode, std::string_view expected, std::string_view actual) {
    const auto difference = first_difference({.mode = mode}, expected, actual);
    return difference ? difference->place : "equal";
  };
  EXPECT_EQ(where(Mode::Exact, "abc", "abd"), "byte 3 differs");
  EXPECT_EQ(where(Mode::Exact, "abc", "ab"), "byte 3 is missing");
  EXPECT_EQ(where(Mode::Exact, "ab", "abc"), "byte 3 is one too many");
  EXPECT_EQ(where(Mode::TrailingWhitespace, "a\nb\n", "a\nc\n"), "line 2 differs");
  EXPECT_EQ(where(Mode::TrailingWhitespace, "a\nb\n", "a\n"), "line 2 is missing");
  EXPECT_EQ(where(Mode::TrailingWhitespace, "a\n", "a\nb\n"), "line 2 is one too many");
  EXPECT_EQ(where(Mode::Tokens, "a b", "a c"), "word 2 differs");
  EXPECT_EQ(where(Mode::Tokens, "a b", "a"), "word 2 is missing");
  EXPECT_EQ(where(Mode::Float, "1 2", "1 2 3"), "word 3 is one too many");
}

/// "LINE: EXPECTED | ACTUAL", where "end" is the end of that side.
std::string pieces(Mode mode, std::string_view expected, std::string_view actual) {
  const auto difference = first_difference({.mode = mode}, expected, actual);
  if (!difference) return "equal";
  return std::to_string(difference->line) + ": " +
         std::string{difference->expected.value_or("end")} + " | " +
         std::string{difference->actual.value_or("end")};
}

TEST(Compare, PointsToTheLinesThatDiffer) {
  const Mode mode = Mode::TrailingWhitespace;
  EXPECT_EQ(pieces(mode, "3\n4\n5\n", "3\n4 \n6\n"), "3: 5 | 6");
  EXPECT_EQ(pieces(mode, "1\n2\n", "1\n"), "2: 2 | end");
  EXPECT_EQ(pieces(mode, "1\n", "1\n\n2\n"), "3: end | 2") << "blank lines are passed over";
  EXPECT_EQ(pieces(mode, "1\n\n2\n", "1\n"), "3: 2 | end");
  EXPECT_EQ(pieces(mode, "", "x"), "1: end | x");
  EXPECT_EQ(pieces(mode, "a\n\nb", "a\nb"), "2:  | b");
}

TEST(Compare, PointsToWholeLinesWhereBytesDiffer) {
  EXPECT_EQ(pieces(Mode::Exact, "ab\ncd\nef", "ab\ncx\nef"), "2: cd\n | cx\n");
  EXPECT_EQ(pieces(Mode::Exact, "a\n", "a"), "1: a\n | a");
  EXPECT_EQ(pieces(Mode::Exact, "a\n", "a\nb"), "2: end | b");
  EXPECT_EQ(pieces(Mode::Exact, "a\nb", "a\n"), "2: b | end");
  EXPECT_EQ(pieces(Mode::Exact, "", "\n"), "1: end | \n");
}

TEST(Compare, PointsToTheWordsThatDiffer) {
  EXPECT_EQ(pieces(Mode::Tokens, "1 2 3", "1\n2 4"), "2: 3 | 4");
  EXPECT_EQ(pieces(Mode::Tokens, "1 2", "1\n"), "2: 2 | end");
  EXPECT_EQ(pieces(Mode::Tokens, "1", "1\n\n 2 3"), "3: end | 2");
  EXPECT_EQ(pieces(Mode::Float, "1.0 2.0", "1.0 2.1"), "1: 2.0 | 2.1");
}

TEST(Compare, TakesTheWiderOfBothTolerances) {
  const auto close = [](double absolute, double relative, std::string_view a, std::string_view b) {
    return !first_difference({.mode = Mode::Float, .absolute = absolute, .relative = relative}, a,
                             b);
  };
  EXPECT_TRUE(close(0.5, 0, "1", "1.5"));
  EXPECT_FALSE(close(0.25, 0, "1", "1.5"));
  EXPECT_TRUE(close(0, 0.5, "100", "150"));
  EXPECT_FALSE(close(0, 0.5, "100", "151"));
  EXPECT_TRUE(close(0, 0, "1", "1.0"));
  EXPECT_TRUE(close(0, 0, "0.1", "0.10000000000000000555"));
  EXPECT_FALSE(close(1e-6, 1e-6, "1.7e308", "-1.7e308"));
}

TEST(Compare, ReadsLongInputsInLinearTime) {
  const std::string blanks(4UL << 20U, ' ');
  const std::string digits(4UL << 20U, '7');
  const std::string lines(4UL << 20U, '\n');
  for (const Mode mode : {Mode::Exact, Mode::TrailingWhitespace, Mode::Tokens, Mode::Float}) {
    EXPECT_TRUE(equal(mode, digits, digits));
    EXPECT_FALSE(equal(mode, digits, digits + "7"));
    EXPECT_EQ(equal(mode, "", blanks + lines), mode != Mode::Exact);
    EXPECT_FALSE(equal(mode, "a" + blanks + "b", "a" + blanks + "c"));
  }
}

// The naive versions: obvious rather than fast.
constexpr std::string_view kBlankBytes = " \t\v\f\r\n";

bool blank(char c) {
  return kBlankBytes.find(c) != std::string_view::npos;
}

std::vector<std::string> naive_lines(const std::string& text) {
  std::vector<std::string> lines{""};
  for (const char c : text) {
    if (c == '\n') {
      lines.emplace_back();
    } else {
      lines.back().push_back(c);
    }
  }
  for (std::string& line : lines) {
    while (!line.empty() && blank(line.back())) line.pop_back();
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

std::vector<std::string> naive_words(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text + "\n") {
    if (!blank(c)) {
      word.push_back(c);
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, {}));
    }
  }
  return words;
}

TEST(Compare, AgreesWithTheNaiveVersions) {
  std::mt19937 random{20240229};
  constexpr std::string_view kAlphabet = " \t\r\n\n1a\0"sv;
  const auto text = [&random, kAlphabet] {
    std::string made(random() % 9, ' ');
    for (char& c : made) c = kAlphabet[random() % kAlphabet.size()];
    return made;
  };
  int same = 0;
  for (int round = 0; round < 200'000; ++round) {
    const std::string a = text();
    const std::string b = round % 3 == 0 ? a + text() : text();
    ASSERT_EQ(equal(Mode::Exact, a, b), a == b);
    ASSERT_EQ(equal(Mode::TrailingWhitespace, a, b), naive_lines(a) == naive_lines(b)) << a << b;
    ASSERT_EQ(equal(Mode::Tokens, a, b), naive_words(a) == naive_words(b)) << a << b;
    same += naive_words(a) == naive_words(b) ? 1 : 0;
  }
  EXPECT_GT(same, 1000);
}

TEST(Compare, ReadsNumbersAsStrtodDoes) {
  std::mt19937 random{7};
  constexpr std::string_view kAlphabet = "0123456789.e+-";
  int numbers = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string word(1 + random() % 7, '0');
    for (char& c : word) c = kAlphabet[random() % kAlphabet.size()];
    char* end = nullptr;
    const double value = std::strtod(word.c_str(), &end);
    const bool is_number = *end == '\0' && std::isfinite(value);
    numbers += is_number ? 1 : 0;
    // Within an infinite tolerance every number equals 0 and nothing else does.
    ASSERT_EQ(!first_difference({.mode = Mode::Float, .absolute = HUGE_VAL}, "0", word), is_number)
        << word;
  }
  EXPECT_GT(numbers, 1000);
}

}  // namespace
}  // namespace evalx::judge
