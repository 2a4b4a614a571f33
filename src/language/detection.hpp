#pragma once
// Detection: looks for the languages' tools on this machine and asks each for its version.

#include <string>
#include <vector>

#include "language/language.hpp"

namespace evalx::language {

/// Sets `version` and `name`, or `missing`, of every language. All version commands run at the
/// same time, and one that several languages share runs once. Blocks for as long as the slowest
/// takes, at most kProbeDeadline.
void detect(std::vector<Language>& languages);

}  // namespace evalx::language
