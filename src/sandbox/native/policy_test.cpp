#include "sandbox/native/policy.hpp"

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
