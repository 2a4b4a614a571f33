#include "judge/compare.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "base/assert.hpp"

namespace evalx::judge {
namespace {

constexpr std::string_view kLineBlanks = " \t\v\f\r";
constexpr std::string_view kBlanks = " \t\v\f\r\n";

std::string_view without_trailing(std::string_view text, std::string_view blanks) {
  const std::size_t last = text.find_last_not_of(blanks);
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

/// Takes the next line from `text`, without its trailing blanks.
std::string_view next_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return without_trailing(line, kLineBlanks);
}

/// Takes the next word from `text`; empty: there is none.
std::string_view next_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
  text.remove_prefix(word.size());
  return word;
}

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Of a number out of double's range: whether it is too small rather than too large.
bool is_tiny(std::string_view digits) {
  constexpr std::int64_t kFar = 1'000'000'000'000;
  const std::size_t mark = std::min(digits.find_first_of("eE"), digits.size());
  const std::string_view mantissa = digits.substr(0, mark);
  std::string_view exponent = digits.substr(std::min(mark + 1, digits.size()));
  if (exponent.starts_with('+')) exponent.remove_prefix(1);
  std::int64_t power = 0;
  const auto read = std::from_chars(exponent.data(), exponent.data() + exponent.size(), power);
  if (read.ec == std::errc::result_out_of_range || power > kFar || power < -kFar) {
    power = exponent.starts_with('-') ? -kFar : kFar;
  }
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  const std::size_t first = std::min(mantissa.find_first_not_of("0."), mantissa.size());
  return static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first) + power < 0;
}

std::optional<double> parse_number(std::string_view word) {
  if (word.empty()) return std::nullopt;
  const bool negative = word.front() == '-';
  if (negative || word.front() == '+') word.remove_prefix(1);
  const std::string_view start = word.substr(word.starts_with('.') ? 1 : 0);
  if (start.empty() || !is_digit(start.front())) return std::nullopt;

  double value = 0;
  const char* const end = word.data() + word.size();
  const auto read = std::from_chars(word.data(), end, value);
  if (read.ptr != end) return std::nullopt;
  if (read.ec == std::errc::result_out_of_range) {
    if (!is_tiny(word)) return std::nullopt;
    value = 0;
  }
  return negative ? -value : value;
}

bool is_close(const submission::Compare& compare, double expected, double actual) {
  const double difference = std::abs(expected - actual);
  return difference <= compare.absolute || difference <= compare.relative * std::abs(expected);
}

bool is_same_word(const submission::Compare& compare, std::string_view expected,
                  std::string_view actual) {
  if (expected == actual) return true;
  if (compare.mode != submission::Compare::Mode::Float) return false;
  const auto wanted = parse_number(expected);
  const auto given = wanted ? parse_number(actual) : std::nullopt;
  return given && is_close(compare, *wanted, *given);
}

std::optional<std::string> place(std::string_view what, std::uint64_t number,
                                 std::string_view how) {
  return std::string{what}.append(" ").append(std::to_string(number)).append(" ").append(how);
}

std::optional<std::string> mismatch_of_bytes(std::string_view expected, std::string_view actual) {
  if (expected == actual) return std::nullopt;
  const auto [a, b] = std::mismatch(expected.begin(), expected.end(), actual.begin(), actual.end());
  const auto number = static_cast<std::uint64_t>(a - expected.begin()) + 1;
  if (b == actual.end()) return place("byte", number, "is missing");
  return place("byte", number, a == expected.end() ? "is one too many" : "differs");
}

std::optional<std::string> mismatch_of_lines(std::string_view expected, std::string_view actual) {
  expected = without_trailing(expected, kBlanks);
  actual = without_trailing(actual, kBlanks);
  for (std::uint64_t number = 1; !expected.empty() || !actual.empty(); ++number) {
    if (actual.empty()) return place("line", number, "is missing");
    if (expected.empty()) return place("line", number, "is one too many");
    if (next_line(expected) != next_line(actual)) return place("line", number, "differs");
  }
  return std::nullopt;
}

std::optional<std::string> mismatch_of_words(const submission::Compare& compare,
                                             std::string_view expected, std::string_view actual) {
  for (std::uint64_t number = 1;; ++number) {
    const std::string_view wanted = next_word(expected);
    const std::string_view given = next_word(actual);
    if (wanted.empty() && given.empty()) return std::nullopt;
    if (given.empty()) return place("word", number, "is missing");
    if (wanted.empty()) return place("word", number, "is one too many");
    if (!is_same_word(compare, wanted, given)) return place("word", number, "differs");
  }
}

}  // namespace

std::optional<std::string> mismatch(const submission::Compare& compare, std::string_view expected,
                                    std::string_view actual) {
  using Mode = submission::Compare::Mode;
  switch (compare.mode) {
    case Mode::Exact:
      return mismatch_of_bytes(expected, actual);
    case Mode::TrailingWhitespace:
      return mismatch_of_lines(expected, actual);
    case Mode::Tokens:
    case Mode::Float:
      return mismatch_of_words(compare, expected, actual);
  }
  EVALX_ASSERT(!"a mode without a comparison");
}

}  // namespace evalx::judge
