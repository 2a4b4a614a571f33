#pragma once
// Profiles: under which seccomp profiles a language's programs are compiled and run.

#include <optional>
#include <string>

#include "base/seccomp_profile.hpp"
#include "language/language.hpp"

namespace evalx::language {

/// Why programs of the language are not run under the profile, in a few words; empty if they are.
/// A profile that its run step, or its compile step, does not claim is never replaced by a wider
/// one.
std::string profile_problem(const Language& language, SeccompProfile profile);

/// The profile to compile under where programs are run under `profile`: contest under strict, too,
/// which no compiler could live with. For languages without a profile_problem().
SeccompProfile compile_profile(SeccompProfile profile);

}  // namespace evalx::language
