#pragma once
// FirstDifference: where a wrong answer leaves the right one, shown to who owns both.

#include <optional>
#include <string>
#include <string_view>

#include "submission/submission.hpp"

namespace evalx::app {

/// "line 3: expected `5`, got `6`", by the same rule the judge compares with; in the token modes
/// the word, with the line it stands on in the output. nullopt if nothing differs.
std::optional<std::string> first_difference(const submission::Compare& compare,
                                            std::string_view expected, std::string_view actual);

}  // namespace evalx::app
