#include "doctor/engine_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evalx::doctor {
namespace {

using ::testing::HasSubstr;
using State = Finding::State;

TEST(EngineRules, ReportWhetherIsolateIsChosenOrAvailable) {
  EXPECT_EQ(judge_isolate({true, "2.1", "isolate"}).detail, "2.1, isolate");
  EXPECT_EQ(judge_isolate({false, "1.8", "isolate"}).detail,
            "not chosen; version 1.8 is available");
  EXPECT_EQ(judge_isolate({false, "", "isolate"}).detail, "not chosen, not available");
}

TEST(EngineRules, RequireOnlyTheMechanismsThatTheEngineRequires) {
  const WeaknessFacts lacking{"a cgroup", "limits are weak", "start as root", true};
  EXPECT_EQ(judge_weakness(lacking),
            missing("a cgroup", "not available", "limits are weak", "start as root"));
  EXPECT_TRUE(refusals({judge_weakness({"a user", "one user", "start as root", false})}).empty());
}

TEST(EngineRules, RequireATrialRunThatWorks) {
  const Finding works = judge_trial({"exited 0", ""});
  EXPECT_EQ(works.state, State::Good);
  EXPECT_EQ(works.need, Finding::Need::Required);
  const Finding fails = judge_trial({"exited 1", "it printed nothing"});
  EXPECT_EQ(fails.detail, "exited 1; it printed nothing");
  EXPECT_EQ(refusals({fails}).size(), 1U);
}

TEST(EngineRules, NameTheLanguageWithAFailedSelfTest) {
  EXPECT_EQ(judge_compile_trial({}).detail, "no compiled language is installed");
  EXPECT_EQ(judge_compile_trial({"cpp", "C++", ""}).state, State::Good);
  const Finding fails = judge_compile_trial({"cpp", "C++", "time limit"});
  EXPECT_EQ(fails.detail, "C++: time limit");
  EXPECT_EQ(fails.fix, "evalx languages --self-test cpp");
}

TEST(EngineRules, SuggestToInstallMissingLanguagesIntoTheImageOfAContainer) {
  EXPECT_EQ(judge_languages({2, {}, ""}).state, State::Good);
  const Finding finding = judge_languages({5, {"go", "rust"}, ""});
  EXPECT_EQ(finding.detail, "3 of 5 are installed");
  EXPECT_EQ(finding.lost, "submissions in go, rust are refused");
  EXPECT_THAT(finding.fix, HasSubstr("scripts/install-languages go"));
  EXPECT_THAT(judge_languages({5, {"go"}, "docker"}).fix, HasSubstr("EVALX_LANGUAGES"));
}

}  // namespace
}  // namespace evalx::doctor
