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

TEST(Stored, ATimeThatIsTooLargeIsTheLastOne) {
  const std::string huge = std::to_string(~0ULL);
  EXPECT_EQ(instant_of(~0ULL), instant_of(~0ULL / 2));
  EXPECT_GT(instant_of(~0ULL), instant_of(1796090662486174));
  const auto failure = failure_of_text(huge + " 1 fault - a cause");
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->at, instant_of(~0ULL));
  Reply number;
  number.kind = Reply::Kind::Text;
  number.text = huge;
  Reply fields;
  fields.kind = Reply::Kind::List;
  fields.list.assign(kResultDigest + 1, number);
  EXPECT_GT(job_of(fields).not_after, StoreTime{1796090662486174});
}

}  // namespace
}  // namespace evalx::queue::redis
