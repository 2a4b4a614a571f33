#pragma once
// Lower: A to Z in lower case, whatever the locale is.

#include <algorithm>
#include <string>
#include <string_view>

namespace evalx {

inline std::string lower(std::string_view text) {
  std::string all{text};
  std::transform(all.begin(), all.end(), all.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return all;
}

}  // namespace evalx
