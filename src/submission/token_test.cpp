#include "submission/token.hpp"

#include <gtest/gtest.h>

namespace evalx::submission {
namespace {

TEST(Token, IsADifferentVersion4UuidEachTime) {
  const std::string token = new_token();
  EXPECT_TRUE(is_token(token)) << token;
  EXPECT_EQ(token[14], '4');
  EXPECT_NE(token, new_token());
}

TEST(Token, RefusesOtherForms) {
  EXPECT_FALSE(is_token(""));
  EXPECT_FALSE(is_token("../../etc/passwd"));
  EXPECT_FALSE(is_token("6D8F2D5C-0000-4000-8000-000000000000"));
  EXPECT_FALSE(is_token("6d8f2d5c-0000-4000-8000-0000000000000"));
}

}  // namespace
}  // namespace evalx::submission
