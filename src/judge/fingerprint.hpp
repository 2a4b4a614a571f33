#pragma once
// Fingerprint: identifies a program and how tests run it. Two are equal if and only if program,
// command, environment, limits, /proc and profile are.

#include <string>

#include "judge/candidate.hpp"

namespace evalx::judge {

/// A digest of all these, in hexadecimal. Reads the whole program. Empty if it cannot be read.
std::string fingerprint(const Candidate& candidate);

}  // namespace evalx::judge
