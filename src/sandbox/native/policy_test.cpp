#include "sandbox/native/policy.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace evalx::sandbox::native {
namespace {

TEST(Policy, TheBuiltInOnesCompileToOneShortTree) {
  ASSERT_FALSE(seccomp_policies().empty());
  for (const EmbeddedFile& file : seccomp_policies()) {
    const auto rules = parse_policy(file.text);
    ASSERT_TRUE(rules) << file.name << ": " << rules.error().what;
    const auto program = kernel::compile_filter(*rules, 42);
    ASSERT_TRUE(program) << file.name << ": " << program.error().what;
    EXPECT_LT(program->size(), 4096U);
  }
}

TEST(Policy, AllowsNothingThatWatchesOrStarvesOthersOnTheMachine) {
  const auto rules = parse_policy(seccomp_policies().front().text);
  ASSERT_TRUE(rules);
  for (const kernel::SyscallRule& rule : *rules) {
    EXPECT_FALSE(rule.call.starts_with("inotify_") || rule.call == "io_setup") << rule.call;
    if (rule.call != "fcntl") continue;
    ASSERT_EQ(rule.conditions.size(), 1U);
    const bool is_notify = rule.conditions[0].value == F_NOTIFY;
    EXPECT_EQ(rule.action == kernel::SyscallRule::Action::Allow, !is_notify);
  }
}

TEST(Policy, RefusesWhatItDoesNotUnderstand) {
  for (const char* text :
       {"[[allow]]\ncalls=['read']", "[[allow]]\nreason='x'", "[[alow]]\nreason='x'\ncalls=[]",
        "[[allow]]\nreason='x'\ncalls=[1]", "[[allow]]\nreason='x'\ncalls=['a']\nerrno='EPERM'",
        "[[refuse]]\nreason='x'\ncalls=['a']\nerrno='EWHAT'",
        "[[allow]]\nreason='x'\ncalls=['a','a']", "x ="}) {
    EXPECT_FALSE(parse_policy(text)) << text;
  }
}

}  // namespace
}  // namespace evalx::sandbox::native
