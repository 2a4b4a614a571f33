#pragma once
// Compare: whether a program's output is the expected one. Pure, linear in both, allocates nothing.

#include <optional>
#include <string>
#include <string_view>

#include "submission/submission.hpp"

namespace evalx::judge {

/// Where the two first differ ("line 3 differs"), or nullopt if the output is right. Never shows
/// what was expected. Blanks are space, \t, \v, \f and \r, a line ends with \n; any other byte,
/// NUL included, is text.
///
/// Float mode: a number is [+-] digits with at most one point, then maybe an exponent (as
/// std::from_chars reads it), the whole word long and within double's range; what is too small
/// for a double counts as 0. Everything else is a word and must be the same byte for byte: "nan",
/// "inf", "0x1p3", "+-1", "1e9999".
std::optional<std::string> mismatch(const submission::Compare& compare, std::string_view expected,
                                    std::string_view actual);

}  // namespace evalx::judge
