// How stored fields are read.
#include "queue/redis/stored.hpp"

#include <gtest/gtest.h>

namespace evalx::queue::redis {
namespace {

Reply answer_that_says(const std::string& word) {
  Reply text;
  text.kind = Reply::Kind::Text;
  text.text = word;
  Reply answer;
  answer.kind = Reply::Kind::List;
  answer.list = {text};
  return answer;
}

TEST(Stored, OnlyTheExactWordMakesAJobMissing) {
  EXPECT_TRUE(is_found(answer_that_says("ok")).value());
  EXPECT_FALSE(is_found(answer_that_says("missing")).value());
  EXPECT_FALSE(is_found(answer_that_says("PONG")).has_value());
  EXPECT_FALSE(is_found(Reply{}).has_value());
}

}  // namespace
}  // namespace evalx::queue::redis
