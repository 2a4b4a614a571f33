#pragma once
// The PATH of every program that evalX starts, unless its definition or its request sets another.

#include <string_view>

namespace evalx {

inline constexpr std::string_view kPathVariable = "PATH=/usr/local/bin:/usr/bin:/bin";
inline constexpr std::string_view kPathName = kPathVariable.substr(0, 5);  ///< "PATH="
inline constexpr std::string_view kDefaultPath = kPathVariable.substr(5);

}  // namespace evalx
