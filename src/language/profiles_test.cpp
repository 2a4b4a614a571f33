#include "language/profiles.hpp"

#include <gtest/gtest.h>

namespace evalx::language {
namespace {

using enum SeccompProfile;

Language language(SeccompProfile run, std::optional<SeccompProfile> compile = std::nullopt) {
  Language language;
  language.narrowest_profile = run;
  if (compile) language.compile.emplace().narrowest_profile = *compile;
  return language;
}

TEST(Profiles, AreRefusedIfTheRunStepDoesNotClaimThem) {
  EXPECT_EQ(profile_problem(language(Contest), Standard), "");
  EXPECT_EQ(profile_problem(language(Contest), Contest), "");
  EXPECT_EQ(profile_problem(language(Contest), Strict),
            "its run step does not work under the seccomp profile strict; choose --seccomp-profile "
            "standard or contest");
}

TEST(Profiles, AreRefusedIfTheCompileStepDoesNotClaimItsProfile) {
  EXPECT_EQ(profile_problem(language(Strict, Contest), Strict), "");
  EXPECT_EQ(profile_problem(language(Strict, Standard), Standard), "");
  EXPECT_EQ(
      profile_problem(language(Strict, Standard), Strict),
      "its compile step does not work under the seccomp profile strict; choose --seccomp-profile "
      "standard");
}

TEST(Profiles, AreContestForCompilersUnderStrict) {
  EXPECT_EQ(compile_profile(Standard), Standard);
  EXPECT_EQ(compile_profile(Contest), Contest);
  EXPECT_EQ(compile_profile(Strict), Contest);
}

}  // namespace
}  // namespace evalx::language
