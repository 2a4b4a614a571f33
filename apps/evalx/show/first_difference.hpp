#pragma once
// FirstDifference: where a wrong answer first differs from the right one. Shows the right one, so
// it is for a user at a terminal, not for clients of the API.

#include <optional>
#include <string>
#include <string_view>

#include "submission/compare.hpp"

namespace evalx::app {

/// "line 3: expected `5`, got `6`", as judge::first_difference() finds it; in the token modes the
/// word, with its line in the output. nullopt if nothing differs.
std::optional<std::string> first_difference(const submission::Compare& compare,
                                            std::string_view expected, std::string_view actual);

}  // namespace evalx::app
