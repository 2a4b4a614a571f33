#include "language/pattern.hpp"

#include <regex>

namespace evalx::language {

std::optional<std::string> pattern_problem(const std::string& pattern, unsigned groups) {
  try {
    const std::regex regex(pattern);
    if (regex.mark_count() < groups) return "has no group (…) around the version";
    return std::nullopt;
  } catch (const std::regex_error& error) {
    return std::string("is not a regular expression: ") + error.what();
  }
}

bool matches_whole(const std::string& pattern, std::string_view text) {
  if (text.size() > kMaxMatchedBytes) return false;
  try {
    return std::regex_match(text.begin(), text.end(), std::regex(pattern));
  } catch (const std::regex_error&) {
    return false;  // Too complex to match: an option is refused unless it surely matches.
  }
}

std::optional<std::string> first_group(const std::string& pattern, std::string_view text) {
  text = text.substr(0, kMaxMatchedBytes);
  try {
    std::match_results<std::string_view::const_iterator> match;
    if (!std::regex_search(text.begin(), text.end(), match, std::regex(pattern)))
      return std::nullopt;
    if (match.size() < 2 || !match[1].matched || match[1].length() == 0) return std::nullopt;
    return match[1].str();
  } catch (const std::regex_error&) {
    return std::nullopt;
  }
}

}  // namespace evalx::language
