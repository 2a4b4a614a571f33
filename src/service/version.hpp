#pragma once
// Version: what this binary is, for people and for metrics.

#include <string_view>

namespace evalx::service {

/// As in the project's CMakeLists.txt: "0.1.0".
std::string_view version();
/// The commit it was built from, short; empty when it was built outside a git checkout.
std::string_view commit();

}  // namespace evalx::service
