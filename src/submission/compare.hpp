#pragma once
// Compare: how a program's output is compared with the expected one, and the names of the modes.
//
// To add a mode: add it to the enum, the list and about() here, then to judge/compare.cpp.

#include <array>
#include <string_view>
#include <utility>

namespace evalx::submission {

struct Compare {
  enum class Mode {
    Exact,               ///< Byte for byte.
    TrailingWhitespace,  ///< Line by line; ignores blanks at line ends and blank lines at the end.
    Tokens,              ///< The sequence of words between white space.
    Float,               ///< As Tokens, but numbers may differ by the tolerances.
  };
  Mode mode = Mode::TrailingWhitespace;
  // Float mode: a number is right if it is within one of the two tolerances.
  double absolute = 1e-6;  ///< |actual - expected| <= absolute
  double relative = 1e-6;  ///< |actual - expected| <= relative * |expected|
};

/// The modes as documents, capabilities and the command line name them.
inline constexpr std::array<std::pair<Compare::Mode, std::string_view>, 4> kCompareModes{{
    {Compare::Mode::Exact, "exact"},
    {Compare::Mode::TrailingWhitespace, "trailing_whitespace"},
    {Compare::Mode::Tokens, "tokens"},
    {Compare::Mode::Float, "float"},
}};

/// A short description of the mode, for --help.
constexpr std::string_view about(Compare::Mode mode) {
  switch (mode) {
    case Compare::Mode::Exact:
      return "byte for byte";
    case Compare::Mode::TrailingWhitespace:
      return "ignores blanks at line ends and empty lines at the end";
    case Compare::Mode::Tokens:
      return "ignores all white space between words";
    case Compare::Mode::Float:
      return "like tokens, and accepts numbers within --absolute or --relative";
  }
  return {};
}

}  // namespace evalx::submission
