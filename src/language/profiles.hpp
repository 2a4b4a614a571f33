#pragma once
// Profiles: the seccomp profiles under which a language's programs are compiled and run.

#include <optional>
#include <string>

#include "base/seccomp_profile.hpp"
#include "language/language.hpp"

namespace evalx::language {

/// Returns why programs of the language cannot run under the profile; empty if they can. A profile
/// that the run step or the compile step does not claim is never replaced by a wider one.
std::string profile_problem(const Language& language, SeccompProfile profile);

/// The profile for compiling when programs run under `profile`. For strict it is contest, because
/// no compiler works under strict. For languages without a profile_problem().
SeccompProfile compile_profile(SeccompProfile profile);

}  // namespace evalx::language
