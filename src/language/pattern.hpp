#pragma once
// Pattern: the regular expressions of the language files (ECMAScript grammar). Exceptions of
// std::regex do not leave this file.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace evalx::language {

/// std::regex calls itself for each character, so longer texts never match.
inline constexpr std::size_t kMaxMatchedBytes = 4096;

/// Returns the problem of a pattern that must have at least `groups` groups; nullopt if it is good.
std::optional<std::string> pattern_problem(const std::string& pattern, unsigned groups = 0);

/// Whether the whole text matches. The pattern must be one without a pattern_problem().
bool matches_whole(const std::string& pattern, std::string_view text);

/// Returns the first group of the first match in the first kMaxMatchedBytes of the text.
std::optional<std::string> first_group(const std::string& pattern, std::string_view text);

}  // namespace evalx::language
