#pragma once
// Fingerprint: a name for a program and for how tests run it; equal if nothing differs.

#include <string>

#include "judge/candidate.hpp"

namespace evalx::judge {

/// A digest, in hexadecimal, of the program's bytes, its command, environment, limits, /proc and
/// profile. Reads the whole program. Empty if it cannot be read.
std::string fingerprint(const Candidate& candidate);

}  // namespace evalx::judge
