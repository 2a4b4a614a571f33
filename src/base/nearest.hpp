#pragma once
// Nearest: the word that a person may have meant.

#include <string>
#include <string_view>
#include <vector>

namespace evalx {

/// The candidate that differs from `word` in the fewest letters (inserted, deleted, replaced, or
/// exchanged), the first of several, if that is at most a third of them; or else one that begins
/// with `word`, of three letters or more. Empty if there is none.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// For the end of a complaint about `word`: "; did you mean NEAREST?", or "" if none is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace evalx
