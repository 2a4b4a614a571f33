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

/// Takes the next word from `text`; empty at its end.
std::string_view next_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
  text.remove_prefix(word.size());
  return word;
}

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Whether a number out of double's range is too small, rather than too large.
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

std::string place(std::string_view unit, std::uint64_t number, std::string_view how) {
  return std::string{unit}.append(" ").append(std::to_string(number)).append(" ").append(how);
}

std::string_view how(bool expected_ends, bool actual_ends) {
  return actual_ends ? "is missing" : expected_ends ? "is one too many" : "differs";
}

std::uint64_t newlines(std::string_view text) {
  return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

/// The line from `start` on, with its line end; nullopt at the end of `text`.
std::optional<std::string_view> whole_line(std::string_view text, std::size_t start) {
  if (start == text.size()) return std::nullopt;
  const std::size_t end = text.find('\n', start);
  return text.substr(start, end == std::string_view::npos ? end : end + 1 - start);
}

std::optional<Difference> difference_of_bytes(std::string_view expected, std::string_view actual) {
  if (expected == actual) return std::nullopt;
  const auto [a, b] = std::mismatch(expected.begin(), expected.end(), actual.begin(), actual.end());
  const auto at = static_cast<std::size_t>(a - expected.begin());
  const std::string_view same = actual.substr(0, at);
  const std::size_t start = same.rfind('\n') + 1;  // npos + 1 is 0.
  return Difference{.place = place("byte", at + 1, how(a == expected.end(), b == actual.end())),
                    .line = newlines(same) + 1,
                    .expected = whole_line(expected, start),
                    .actual = whole_line(actual, start)};
}

/// The first line of `text` that is not blank, without its line end. Moves `number` on to it.
std::optional<std::string_view> next_text(std::string_view text, std::uint64_t& number) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (!next_line(text).empty()) return line;
    ++number;
  }
  return std::nullopt;
}

/// `expected` and `actual` begin with line `number`, the first that differs.
Difference difference_in_line(std::uint64_t number, std::string_view expected,
                              std::string_view actual) {
  Difference difference;
  difference.place = place("line", number, how(expected.empty(), actual.empty()));
  difference.line = number;
  if (expected.empty() || actual.empty()) {
    // The other side may go on with blank lines before its text.
    difference.expected = next_text(expected, difference.line);
    difference.actual = next_text(actual, difference.line);
  } else {
    difference.expected = expected.substr(0, expected.find('\n'));
    difference.actual = actual.substr(0, actual.find('\n'));
  }
  return difference;
}

std::optional<Difference> difference_of_lines(std::string_view expected, std::string_view actual) {
  expected = without_trailing(expected, kBlanks);
  actual = without_trailing(actual, kBlanks);
  for (std::uint64_t number = 1; !expected.empty() || !actual.empty(); ++number) {
    const std::string_view expected_rest = expected;
    const std::string_view actual_rest = actual;
    const bool one_ends = expected.empty() || actual.empty();
    if (one_ends || next_line(expected) != next_line(actual)) {
      return difference_in_line(number, expected_rest, actual_rest);
    }
  }
  return std::nullopt;
}

std::optional<Difference> difference_of_words(const submission::Compare& compare,
                                              std::string_view expected, std::string_view actual) {
  const auto some = [](std::string_view word) {
    return word.empty() ? std::nullopt : std::optional{word};
  };
  const std::string_view output = actual;
  for (std::uint64_t number = 1;; ++number) {
    const std::string_view wanted = next_word(expected);
    const std::string_view given = next_word(actual);
    if (wanted.empty() && given.empty()) return std::nullopt;
    if (!wanted.empty() && !given.empty() && is_same_word(compare, wanted, given)) continue;
    const std::size_t start = output.size() - actual.size() - given.size();
    return Difference{.place = place("word", number, how(wanted.empty(), given.empty())),
                      .line = newlines(output.substr(0, start)) + 1,
                      .expected = some(wanted),
                      .actual = some(given)};
  }
}

}  // namespace

std::optional<Difference> first_difference(const submission::Compare& compare,
                                           std::string_view expected, std::string_view actual) {
  using Mode = submission::Compare::Mode;
  switch (compare.mode) {
    case Mode::Exact:
      return difference_of_bytes(expected, actual);
    case Mode::TrailingWhitespace:
      return difference_of_lines(expected, actual);
    case Mode::Tokens:
    case Mode::Float:
      return difference_of_words(compare, expected, actual);
  }
  EVALX_ASSERT(!"a mode without a comparison");
}

}  // namespace evalx::judge
