#pragma once
// Fingerprint: what a trial's tests are run with, as one name that is equal where nothing differs.

#include <string>

#include "judge/trial.hpp"

namespace evalx::judge {

/// Of the program's bytes, its command, environment, limits and profile, in hexadecimal; the tests
/// do not count. Reads the whole program. Empty if it cannot be read.
std::string fingerprint(const Trial& trial);

}  // namespace evalx::judge
