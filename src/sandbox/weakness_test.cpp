#include "sandbox/weakness.hpp"

#include <gtest/gtest.h>

namespace evalx::sandbox {
namespace {

const std::vector<Weakness> kSome{
    {"A", "a is lost", "get A"}, {"B", "b is lost", "get B", false}, {"C", "c is lost", "get C"}};

TEST(Weaknesses, StopTheStartIfRequiredAndAreAllNamed) {
  const auto checked = check_weaknesses(kSome, false);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, std::errc::not_supported);
  EXPECT_EQ(checked.error().what,
            "A is missing: a is lost (get A); C is missing: c is lost (get C); or start with "
            "--allow-weak");
}

TEST(Weaknesses, DoNotStopTheStartIfAllowedOrOptional) {
  EXPECT_TRUE(check_weaknesses(kSome, true));
  EXPECT_TRUE(check_weaknesses({kSome[1]}, false));
  EXPECT_TRUE(check_weaknesses({}, false));
}

}  // namespace
}  // namespace evalx::sandbox
