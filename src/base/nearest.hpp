#pragma once
// Nearest: the word that a person may have meant.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace evalx {

struct Closest {
  std::string word;  ///< Empty without candidates.
  std::size_t letters;  ///< Inserted, deleted, replaced, or exchanged; npos without candidates.
};

/// The candidate that differs from `word` in the fewest letters, however many: the first of several.
/// Takes time in proportion to the length of `word`, which the caller bounds.
Closest closest(std::string_view word, const std::vector<std::string>& candidates);

/// The candidate that differs from `word` in the fewest letters, if that is at most a third of
/// them; or else one that begins with `word`, of three letters or more. Empty if there is none.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace evalx
