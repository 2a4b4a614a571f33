#pragma once
// Environment: what a program finds set although nobody asked for it.

#include <string>
#include <string_view>
#include <vector>

namespace evalx::sandbox {

/// Adds PATH, HOME and TMPDIR where they are absent.
void complete_environment(std::vector<std::string>& environment);

/// The value of PATH; kDefaultPath if it is not set.
std::string_view search_path(const std::vector<std::string>& environment);

}  // namespace evalx::sandbox
