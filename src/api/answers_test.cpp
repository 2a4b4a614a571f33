#include "api/answers.hpp"

#include <gtest/gtest.h>

#include "api/test_support.hpp"
#include "queue/callback.hpp"
#include "queue/state.hpp"

namespace evalx::api {
namespace {

class AnswersTest : public testing::Test {
 protected:
  http::Response to(queue::Errc code) {
    return queue_problem({make_error_code(code), "find"}, figures_);
  }

  SystemClock clock_;
  queue::Figures figures_{0, clock_};
};

TEST_F(AnswersTest, EachQueueErrorHasItsStatus) {
  EXPECT_EQ(to(queue::Errc::NotFound).status, 404U);
  EXPECT_EQ(to(queue::Errc::Evicted).status, 410U);
  EXPECT_EQ(to(queue::Errc::Finished).status, 409U);
  EXPECT_EQ(to(queue::Errc::IdempotencyConflict).status, 409U);
  EXPECT_EQ(to(queue::Errc::Full).status, 503U);
  EXPECT_EQ(to(queue::Errc::Unavailable).status, 503U);
}

TEST_F(AnswersTest, AFullQueueAsksToWaitAsLongAsTheOldestJobWithinBounds) {
  EXPECT_EQ(header_of(to(queue::Errc::Full), "Retry-After"), "1");
  figures_.set_oldest(clock_.now() - std::chrono::seconds{7});
  EXPECT_EQ(header_of(to(queue::Errc::Full), "Retry-After"), "7");
  figures_.set_oldest(clock_.now() - std::chrono::hours{2});
  EXPECT_EQ(header_of(to(queue::Errc::Full), "Retry-After"), "60");
}

TEST_F(AnswersTest, AQueueThatIsFullOfCallbacksNamesThem) {
  figures_.set_oldest_callback(clock_.now() - std::chrono::seconds{9});
  const auto answer = queue_problem(
      {make_error_code(queue::Errc::Full), "accept: " + std::string{queue::kTooManyCallbacks}},
      figures_);
  EXPECT_EQ(answer.status, 503U);
  EXPECT_EQ(header_of(answer, "Retry-After"), "9");
  EXPECT_EQ(body_of(answer).at("code").as_string(), "queue_full");
  EXPECT_NE(answer.body.find("Too many callbacks wait"), std::string::npos) << answer.body;
  EXPECT_EQ(to(queue::Errc::Full).body.find("callback"), std::string::npos);
}

TEST_F(AnswersTest, AnUnknownOutcomeIsNamed) {
  const auto answer = to(queue::Errc::OutcomeUnknown);
  EXPECT_EQ(answer.status, 503U);
  EXPECT_EQ(header_of(answer, "Retry-After"), "5");
  EXPECT_EQ(body_of(answer).at("code").as_string(), "outcome_unknown");
  EXPECT_EQ(answer.body.find("nothing was stored"), std::string::npos);
}

TEST_F(AnswersTest, AnErrorOfTheStoreStaysInTheLog) {
  const auto answer =
      queue_problem({std::make_error_code(std::errc::no_space_on_device), "a path"}, figures_);
  EXPECT_EQ(answer.status, 503U);
  EXPECT_EQ(header_of(answer, "Retry-After"), "5");
  EXPECT_EQ(answer.body.find("a path"), std::string::npos);
}

}  // namespace
}  // namespace evalx::api
