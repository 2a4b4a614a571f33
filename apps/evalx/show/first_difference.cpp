#include "show/first_difference.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "judge/compare.hpp"
#include "terminal/terminal.hpp"

namespace evalx::app {
namespace {

using Mode = submission::Compare::Mode;

/// Of either side: enough to see what went wrong.
constexpr std::size_t kMaxShown = 40;
constexpr std::string_view kWhiteSpace = " \t\v\f\r\n";

/// A piece of a text that is compared by itself.
struct Piece {
  std::string_view text;
  std::size_t line = 0;  ///< Counted from 1.
};

/// Walks through a text, line by line or word by word.
class Pieces {
 public:
  Pieces(std::string_view text, Mode mode) : left_(text), mode_(mode) {}

  std::optional<Piece> next() {
    return mode_ == Mode::Exact || mode_ == Mode::TrailingWhitespace ? next_line() : next_word();
  }
  [[nodiscard]] std::size_t line() const { return line_; }

 private:
  std::optional<Piece> next_line() {
    if (left_.empty()) return std::nullopt;
    const std::size_t end = left_.find('\n');
    // The line end belongs to the line: exact comparison knows whether the last one has it.
    const std::size_t size = end == std::string_view::npos ? left_.size() : end + 1;
    return take(size, line_++);
  }
  std::optional<Piece> next_word() {
    const std::size_t start = std::min(left_.find_first_not_of(kWhiteSpace), left_.size());
    const std::string_view blanks = left_.substr(0, start);
    line_ += static_cast<std::size_t>(std::count(blanks.begin(), blanks.end(), '\n'));
    left_.remove_prefix(start);
    if (left_.empty()) return std::nullopt;
    return take(std::min(left_.find_first_of(kWhiteSpace), left_.size()), line_);
  }
  Piece take(std::size_t size, std::size_t line) {
    const Piece piece{left_.substr(0, size), line};
    left_.remove_prefix(size);
    return piece;
  }

  std::string_view left_;
  Mode mode_;
  std::size_t line_ = 1;
};

std::string shown(const std::optional<Piece>& piece, Mode mode) {
  if (!piece) return "the end of the output";
  std::string_view text = piece->text;
  // Only where bytes count is a line end worth showing.
  if (mode != Mode::Exact && text.ends_with('\n')) text.remove_suffix(1);
  return "`" + terminal::printable(text, kMaxShown) + "`";
}

}  // namespace

std::optional<std::string> first_difference(const submission::Compare& compare,
                                            std::string_view expected, std::string_view actual) {
  Pieces wanted{expected, compare.mode};
  Pieces given{actual, compare.mode};
  while (true) {
    const auto right = wanted.next();
    const auto found = given.next();
    if (!right && !found) return std::nullopt;
    if (judge::mismatch(compare, right ? right->text : "", found ? found->text : "")) {
      const std::size_t line = found ? found->line : given.line();
      return fmt::format("line {}: expected {}, got {}", line, shown(right, compare.mode),
                         shown(found, compare.mode));
    }
  }
}

}  // namespace evalx::app
