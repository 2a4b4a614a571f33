#include "base/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace evalx {
namespace {

/// Longer words are no typing errors, and would cost time.
constexpr std::size_t kLongest = 64;
constexpr std::size_t kShortestBeginning = 3;

/// How many letters must be inserted, deleted, replaced, or exchanged with the next one.
std::size_t distance(std::string_view from, std::string_view to) {
  using Row = std::vector<std::size_t>;
  Row last;
  Row row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    const Row before_last = std::exchange(last, row);
    row[0] = i + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      row[j + 1] = std::min({row[j] + 1, last[j + 1] + 1, last[j] + (from[i] == to[j] ? 0 : 1)});
      const bool exchanged = i > 0 && j > 0 && from[i] == to[j - 1] && from[i - 1] == to[j];
      if (exchanged) row[j + 1] = std::min(row[j + 1], before_last[j - 1] + 1);
    }
  }
  return row.back();
}

struct Closest {
  std::string word;
  std::size_t letters;
};

Closest closest(std::string_view word, const std::vector<std::string>& candidates) {
  Closest best{"", std::string::npos};
  for (const std::string& candidate : candidates) {
    const std::size_t letters = distance(word, candidate);
    if (letters < best.letters) best = {candidate, letters};
  }
  return best;
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.size() > kLongest) return {};
  Closest best = closest(word, candidates);
  if (best.letters <= word.size() / 3) return std::move(best.word);
  if (word.size() < kShortestBeginning) return {};
  const auto begun =
      std::find_if(candidates.begin(), candidates.end(),
                   [word](const std::string& candidate) { return candidate.starts_with(word); });
  return begun == candidates.end() ? std::string{} : *begun;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string near = nearest(word, candidates);
  return near.empty() ? near : "; did you mean " + near + "?";
}

}  // namespace evalx
