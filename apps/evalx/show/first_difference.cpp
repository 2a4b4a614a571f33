#include "show/first_difference.hpp"

#include <fmt/format.h>

#include "judge/compare.hpp"
#include "terminal/terminal.hpp"

namespace evalx::app {
namespace {

/// Columns of each side that are shown.
constexpr std::size_t kMaxShown = 40;

std::string shown(const std::optional<std::string_view>& piece) {
  return piece ? "`" + terminal::printable(*piece, kMaxShown) + "`" : "the end of the output";
}

}  // namespace

std::optional<std::string> first_difference(const submission::Compare& compare,
                                            std::string_view expected, std::string_view actual) {
  const auto difference = judge::first_difference(compare, expected, actual);
  if (!difference) return std::nullopt;
  return fmt::format("line {}: expected {}, got {}", difference->line, shown(difference->expected),
                     shown(difference->actual));
}

}  // namespace evalx::app
