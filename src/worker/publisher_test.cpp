#include "worker/publisher.hpp"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>

#include "submission/encode.hpp"
#include "worker/fake_queue.hpp"

namespace evalx::worker {
namespace {

using submission::Report;
using submission::Verdict;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// One job, whose outcomes go to a fake queue.
class PublisherTest : public testing::Test {
 protected:
  PublisherTest() {
    job_.leased.id = {"a", 7};
    job_.leased.attempt = 2;
    job_.leased.waited = Microseconds{1500};
  }
  void run(Task<> call) {
    asio::co_spawn(loop_, std::move(call),
                   [](std::exception_ptr exception) { EXPECT_FALSE(exception); });
    loop_.restart();
    loop_.run();
  }
  void complete() { run(publisher_.complete(job_, accepted())); }
  void retry() {
    run(publisher_.retry(job_, {std::make_error_code(std::errc::not_enough_memory), "clone"}));
  }
  void refuse(queue::Errc code, std::size_t times = 1) {
    for (std::size_t i = 0; i < times; ++i) queue_.failures.push_back({code, "refused"});
  }
  static Report accepted() {
    Report report;
    report.verdict = Verdict::Accepted;
    return report;
  }

  asio::io_context loop_{1};
  FakeQueue queue_{loop_.get_executor()};
  Job job_;
  std::vector<std::string> published_;
  Publisher publisher_{loop_.get_executor(), queue_, Milliseconds{0},
                       [this](const Published& published) {
                         published_.push_back(published.token + " " +
                                              std::string{to_string(published.report.verdict)});
                       }};
};

TEST_F(PublisherTest, AResultHasTheAttemptAndTheQueueTimeOfItsJob) {
  complete();
  Report expected = accepted();
  expected.attempt = 2;
  expected.queue_time = Microseconds{1500};
  EXPECT_EQ(queue_.results["a"], submission::encode_report(expected));
  EXPECT_THAT(published_, ElementsAre("a accepted"));
}

TEST_F(PublisherTest, AResultIsOfferedAgainWhileTheQueueIsUnavailable) {
  refuse(queue::Errc::Unavailable, 3);
  complete();
  EXPECT_EQ(queue_.results.size(), 1U);
  EXPECT_THAT(published_, testing::SizeIs(1));
}

TEST_F(PublisherTest, ARejectionIsOfferedAgainWhileTheQueueIsUnavailable) {
  refuse(queue::Errc::Unavailable, 3);
  run(publisher_.reject(job_, "no JSON"));
  EXPECT_THAT(queue_.rejected, ElementsAre(testing::Pair("a", "no JSON")));
  EXPECT_THAT(published_, ElementsAre("a internal_error"));
}

TEST_F(PublisherTest, TheNumberOfOffersIsBounded) {
  refuse(queue::Errc::Unavailable, kMaxOffers + 1);
  complete();
  EXPECT_EQ(queue_.failures.size(), 1U);
  EXPECT_THAT(queue_.results, IsEmpty());
}

TEST_F(PublisherTest, TheOutcomeOfALostLeaseIsNotOfferedAgain) {
  for (const auto code : {queue::Errc::LeaseLost, queue::Errc::Finished, queue::Errc::NotFound}) {
    refuse(code);
    complete();
  }
  EXPECT_THAT(queue_.results, IsEmpty());
  EXPECT_THAT(published_, IsEmpty());
}

TEST_F(PublisherTest, TheOutcomeOfAStoppedJobIsNotOfferedAgain) {
  job_.stop.request_stop();
  refuse(queue::Errc::Unavailable);
  complete();
  EXPECT_THAT(queue_.results, IsEmpty());
}

TEST_F(PublisherTest, ARetryNamesTheFaultAndPublishesNothing) {
  retry();
  ASSERT_EQ(queue_.retried.size(), 1U);
  EXPECT_THAT(queue_.retried[0].second, HasSubstr("clone: "));
  EXPECT_THAT(queue_.results["a"], HasSubstr("internal_error"));
  EXPECT_THAT(published_, IsEmpty());
}

TEST_F(PublisherTest, TheLastRetryPublishesTheFault) {
  queue_.state_after_retry = queue::State::Dead;
  retry();
  EXPECT_THAT(published_, ElementsAre("a internal_error"));
}

TEST_F(PublisherTest, AJobIsReleasedWithOneOffer) {
  refuse(queue::Errc::Unavailable);
  run(publisher_.release(job_));
  EXPECT_THAT(queue_.failures, IsEmpty());
  EXPECT_THAT(queue_.released, IsEmpty());
  run(publisher_.release(job_));
  EXPECT_THAT(queue_.released, ElementsAre("a"));
}

}  // namespace
}  // namespace evalx::worker
