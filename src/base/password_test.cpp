#include "base/password.hpp"

#include <gtest/gtest.h>

namespace evalx {
namespace {

TEST(Password, IsHiddenInEveryWordOfAText) {
  EXPECT_EQ(without_passwords("not expected: --quee redis://me:s3cr@t@db:6379/0 x\nredis:/a:b@c"),
            "not expected: --quee redis://…@db:6379/0 x\n…@c");
  for (const char* word : {"redis:me:s3cr@t@db", "redis//:s3cr@t@db", ":s3cr@t@db", "me:s3cr@t@db"})
    EXPECT_EQ(without_passwords(word), "…@db");
}

TEST(Password, OtherTextStaysAsItIs) {
  for (const char* text :
       {"", " ", "a@b.example", "tests@v2/1.in: No such file", "redis://db:6379", "a\n"})
    EXPECT_EQ(without_passwords(text), text);
}

}  // namespace
}  // namespace evalx
