#pragma once
// Compare: whether a program's output is the expected one. Pure. Its time is linear in the sizes of
// both outputs.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "submission/compare.hpp"

namespace evalx::judge {

/// Where an output first differs from the expected one. The views are into the two outputs.
struct Difference {
  std::string place;       ///< For the client: "line 3 differs". Never shows the expected output.
  std::uint64_t line = 0;  ///< The line in the output where it differs, counted from 1.
  /// The line or word that was expected there; nullopt: the output should end.
  std::optional<std::string_view> expected;
  /// The line or word that is there; nullopt: the output ends.
  std::optional<std::string_view> actual;
};

/// nullopt if the output is right. Allocates nothing until a difference is found. Blanks are space,
/// \t, \v, \f and \r; a line ends with \n; any other byte, NUL included, is text.
///
/// Float mode: a number is [+-] digits with at most one point, then an optional exponent (as
/// std::from_chars reads it). It must be the whole word and within double's range; a number too
/// small for a double counts as 0. Any other word must be the same byte for byte: "nan", "inf",
/// "0x1p3", "+-1", "1e9999".
std::optional<Difference> first_difference(const submission::Compare& compare,
                                           std::string_view expected, std::string_view actual);

}  // namespace evalx::judge
