#pragma once
// join: a list of words as one text.

#include <string>
#include <string_view>

namespace evalx {

/// "a, b" for {"a", "b"} and ", ". `words`: any container of strings.
template <class Words>
std::string join(const Words& words, std::string_view between) {
  std::string text;
  bool is_first = true;
  for (const auto& word : words) {
    if (!is_first) text.append(between);
    text.append(word);
    is_first = false;
  }
  return text;
}

}  // namespace evalx
