#pragma once
// Detection: looks for the languages' tools on this machine and asks each for its version.

#include <string>
#include <string_view>
#include <vector>

#include "language/language.hpp"

namespace evalx::language {

/// Sets `version` and `name`, or `missing`, of every language. All version commands run at the
/// same time, and one that several languages share runs once. Blocks for as long as the slowest
/// takes, at most kProbeDeadline.
void detect(std::vector<Language>& languages);

/// "C++17 (GCC 12.2.0)".
std::string name_with_version(const Language& language, std::string_view version);

}  // namespace evalx::language
