#include "language/profiles.hpp"

#include <algorithm>

namespace evalx::language {
namespace {

/// The names from the widest profile to the narrowest: "standard or contest".
std::string names_down_to(SeccompProfile narrowest) {
  std::string text;
  for (const auto& [profile, name] : kSeccompProfiles) {
    if (profile <= narrowest) text.append(text.empty() ? "" : " or ").append(name);
  }
  return text;
}

std::string problem(SeccompProfile profile, std::string_view step, SeccompProfile narrowest) {
  return "its " + std::string(step) + " step does not work under the seccomp profile " +
         std::string(to_string(profile)) + "; choose --seccomp-profile " + names_down_to(narrowest);
}

}  // namespace

SeccompProfile compile_profile(SeccompProfile profile) {
  return std::min(profile, SeccompProfile::Contest);
}

std::string profile_problem(const Language& language, SeccompProfile profile) {
  if (profile > language.narrowest_profile)
    return problem(profile, "run", language.narrowest_profile);
  if (language.compile && compile_profile(profile) > language.compile->narrowest_profile)
    return problem(profile, "compile", language.compile->narrowest_profile);
  return {};
}

}  // namespace evalx::language
