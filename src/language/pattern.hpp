#pragma once
// Pattern: the regular expressions of the language files (ECMAScript grammar), with std::regex's
// exceptions kept in.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace evalx::language {

/// std::regex recurses once per character; longer texts are never matched.
inline constexpr std::size_t kMaxMatchedBytes = 4096;

/// What is wrong with a pattern that should have at least `groups` groups, or nullopt.
std::optional<std::string> pattern_problem(const std::string& pattern, unsigned groups = 0);

/// Whether the whole text matches. A pattern must have passed pattern_problem().
bool matches_whole(const std::string& pattern, std::string_view text);

/// The first group of the first match in the text's first kMaxMatchedBytes.
std::optional<std::string> first_group(const std::string& pattern, std::string_view text);

}  // namespace evalx::language
