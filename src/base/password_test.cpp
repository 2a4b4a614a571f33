#include "base/password.hpp"

#include <gtest/gtest.h>

namespace evalx {
namespace {

TEST(Password, IsHiddenInEveryWordOfAText) {
  EXPECT_EQ(without_passwords("not expected: --quee redis://me:s3cr@t@db:6379/0 x\nredis:/a:b@c"),
            "not expected: --quee redis://…@db:6379/0 x\n…@c");
  for (const char* word : {"redis:me:s3cr@t@db", "redis//:s3cr@t@db", ":s3cr@t@db", "me:s3cr@t@db"})
    EXPECT_EQ(without_passwords(word), "…@db");
  EXPECT_EQ(without_passwords("redis://[user:password@]x:s3cr@t@db"), "redis://…@db");
}

TEST(Password, SecretsOfWebhooksAreHidden) {
  EXPECT_EQ(
      without_passwords("unexpected word whsec_c2VjcmV0/+=,WhSec_c2VjcmV0; \"whsec_s3cr3t\" x"),
      "unexpected word whsec_…,WhSec_… \"whsec_…\" x");
  EXPECT_EQ(without_passwords("whsec_whsec_s3cr3t\nwhsec_s3cr3t"), "whsec_…\nwhsec_…");
  EXPECT_EQ(without_passwords("does not begin with whsec_"), "does not begin with whsec_");
}

TEST(Password, OtherTextStaysAsItIs) {
  for (const char* text :
       {"", " ", "a@b.example", "tests@v2/1.in: No such file", "redis://db:6379", "a\n",
        "must be sqlite or redis://[user:password@]host:port/database; it is \"x\""})
    EXPECT_EQ(without_passwords(text), text);
}

}  // namespace
}  // namespace evalx
