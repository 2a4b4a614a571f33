#pragma once
// Version: the version and the commit of this binary.

#include <string_view>

namespace evalx::service {

/// "0.1.0", from the project's CMakeLists.txt.
std::string_view version();
/// The short hash of the commit; "unknown" if the build was outside a git checkout.
std::string_view commit();

}  // namespace evalx::service
