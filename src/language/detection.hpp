#pragma once
// Detection: finds the tools of the languages on this machine, and their versions.

#include <string>
#include <string_view>
#include <vector>

#include "language/language.hpp"

namespace evalx::language {

/// Sets `version` and `name` of every available language, and `missing` of every other one; a
/// language of unknown version is not available. The version commands run at the same time
/// (probe.hpp); a command that several languages have runs once. Blocks until the slowest has
/// ended, at most kProbeDeadline.
void detect(std::vector<Language>& languages);

/// Returns "C++17 (GCC 12.2.0)".
std::string name_with_version(const Language& language, std::string_view version);

}  // namespace evalx::language
