#include "sandbox/native/policy.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace evalx::sandbox::native {
namespace {

using kernel::SyscallRule;
using testing::HasSubstr;
using Action = SyscallRule::Action;

/// The rules of `text`, which may be based on `base`.
Result<std::vector<SyscallRule>> read(std::string_view text, std::string_view base = {}) {
  const std::array files{EmbeddedFile{"base.toml", base}, EmbeddedFile{"one.toml", text}};
  return read_policy("one", files);
}

std::vector<std::string> calls_of(const Result<std::vector<SyscallRule>>& rules) {
  EXPECT_TRUE(rules) << rules.error().what;
  std::vector<std::string> calls;
  for (const SyscallRule& rule : rules.value()) calls.push_back(rule.call);
  return calls;
}

constexpr std::string_view kBase = R"(
[[allow]]
reason = "base"
calls = ["read", "write", "fork"]
[[trap]]
reason = "base"
calls = ["reboot"]
)";

TEST(Policy, IsBuiltInAndCompilesForEveryProfile) {
  ASSERT_EQ(seccomp_policies().size(), kSeccompProfiles.size());
  const auto filters = compile_profiles();
  ASSERT_TRUE(filters) << filters.error().what;
  for (const kernel::Filter& filter : *filters) EXPECT_LT(filter.with_key(1).size(), 4096U);
}

TEST(Policy, AllowsNothingThatWatchesOrStarvesOthersOnTheMachine) {
  for (const auto& [profile, name] : kSeccompProfiles) {
    const auto rules = read_policy(name, seccomp_policies());
    ASSERT_TRUE(rules) << rules.error().what;
    for (const SyscallRule& rule : *rules) {
      EXPECT_FALSE(rule.call.starts_with("inotify_") || rule.call == "io_setup") << rule.call;
      if (rule.call != "fcntl" || rule.conditions.at(0).value != F_NOTIFY) continue;
      EXPECT_EQ(rule.action, Action::Errno) << name;
    }
  }
}

TEST(Policy, RemovesACallOfItsBaseAndKeepsTheRest) {
  EXPECT_THAT(calls_of(read("based_on = \"base\"\n[[remove]]\nreason='x'\ncalls=['fork']", kBase)),
              testing::ElementsAre("read", "reboot", "write"));
}

TEST(Policy, KeepsOnlyWhatItNamesOfItsBase) {
  EXPECT_THAT(
      calls_of(read("based_on = \"base\"\n[[keep]]\nreason='x'\ncalls=['read','reboot']", kBase)),
      testing::ElementsAre("read", "reboot"));
}

TEST(Policy, ReplacesARuleOfItsBase) {
  const auto rules = read("based_on = \"base\"\n[[keyed]]\nreason='x'\ncalls=['fork']", kBase);
  ASSERT_TRUE(rules) << rules.error().what;
  ASSERT_EQ(rules->size(), 4U);
  const auto fork = std::find_if(rules->begin(), rules->end(),
                                 [](const SyscallRule& rule) { return rule.call == "fork"; });
  EXPECT_TRUE(fork->keyed);
}

TEST(Policy, RefusesToChangeWhatItsBaseDoesNotHave) {
  for (const char* table : {"allow", "remove", "keep", "keyed"}) {
    const auto rules = read(
        "based_on = \"base\"\n[[" + std::string(table) + "]]\nreason='x'\ncalls=['mount']", kBase);
    ASSERT_FALSE(rules) << table;
    EXPECT_THAT(rules.error().what, HasSubstr("the base policy has no mount"));
  }
}

TEST(Policy, RefusesAnUnknownBaseAndItselfAsBase) {
  EXPECT_FALSE(read("based_on = \"nothing\""));
  EXPECT_FALSE(read("based_on = \"one\""));
  EXPECT_FALSE(read("based_on = 1"));
}

TEST(Policy, RefusesMalformedTables) {
  for (const char* text :
       {"[[allow]]\ncalls=['read']", "[[allow]]\nreason='x'", "[[alow]]\nreason='x'\ncalls=[]",
        "[[allow]]\nreason='x'\ncalls=[1]", "[[allow]]\nreason='x'\ncalls=['a']\nerrno='EPERM'",
        "[[refuse]]\nreason='x'\ncalls=['a']\nerrno='EWHAT'",
        "[[allow]]\nreason='x'\ncalls=['a','a']", "[[remove]]\nreason='x'\ncalls=['a']",
        "[[match]]\nreason='x'\ncalls=['a']\nargument=5\nallow_values=[1]",
        "[[match]]\nreason='x'\ncalls=['a']\nallow_values=[-1]",
        "[[match]]\nreason='x'\ncalls=['a']\nmask='1'\nallow_values=[1]",
        "[[match]]\nreason='x'\ncalls=['a']\nrefuse_values=[1]", "x ="}) {
    EXPECT_FALSE(read(text)) << text;
  }
}

TEST(Policy, NamesTheFileAndTheTableInAnError) {
  EXPECT_EQ(read("[[allow]]\ncalls=['read']").error().what,
            "seccomp policy one: [[allow]]: no reason");
}

}  // namespace
}  // namespace evalx::sandbox::native
