#include "submission/last_words.hpp"

#include <gtest/gtest.h>

namespace evalx::submission {
namespace {

TEST(LastWords, TakeTheCauseOfAFault) {
  const Report report = failed_report(2, Microseconds{1500}, "clone3: No space left on device");
  EXPECT_EQ(report.verdict, Verdict::InternalError);
  EXPECT_EQ(report.attempt, 2U);
  EXPECT_EQ(report.queue_time, Microseconds{1500});
  EXPECT_EQ(report.message, "clone3: No space left on device");
  EXPECT_TRUE(report.tests.empty());
  EXPECT_FALSE(report.compile);
}

TEST(LastWords, CountTheDeathsOfADeadSubmission) {
  const Report report = dead_report(3, 2, "worker lost");
  EXPECT_EQ(report.verdict, Verdict::InternalError);
  EXPECT_EQ(report.attempt, 3U);
  EXPECT_EQ(report.message,
            "the worker died 2 times while judging this submission; it will not be retried");
}

TEST(LastWords, NameTheCauseOfADamagedJob) {
  EXPECT_EQ(dead_report(0, 0, "no spec").message,
            "the stored job is damaged and cannot be judged: no spec");
  EXPECT_EQ(dead_report(0, 0, "").message,
            "the stored job is damaged and cannot be judged: the cause is unknown");
}

TEST(LastWords, ReportWhetherAnExpiredSubmissionHadBeenStarted) {
  EXPECT_EQ(expired_report(0, Microseconds{7}).message, "no worker started it in time");
  EXPECT_EQ(expired_report(1, Microseconds{7}).message,
            "no worker started it again in time, after a fault of evalX");
  EXPECT_EQ(expired_report(1, Microseconds{7}).verdict, Verdict::Expired);
  EXPECT_EQ(expired_report(1, Microseconds{7}).queue_time, Microseconds{7});
}

TEST(LastWords, HaveNoNegativeQueueTimeAfterTheClockWasSetBack) {
  EXPECT_EQ(expired_report(0, Microseconds{-7}).queue_time, Microseconds{0});
}

TEST(LastWords, NameTheClientAfterACancellation) {
  const Report report = cancelled_report(1);
  EXPECT_EQ(report.verdict, Verdict::Cancelled);
  EXPECT_EQ(report.attempt, 1U);
  EXPECT_EQ(report.message, "cancelled by the client");
}

TEST(LastWords, TakeTheStoredCauseIfThereIsNoReport) {
  const auto message = [](std::string_view stored) {
    return report_without_results(Verdict::InternalError, 2, stored).message;
  };
  EXPECT_EQ(message(R"({"cause":"worker lost"})"), "worker lost");
  EXPECT_EQ(message(R"({"message":"worker lost"})"), "worker lost");
  EXPECT_EQ(message(R"({"cause":7})"), "no worker could judge the submission");
  EXPECT_EQ(message("[]"), "no worker could judge the submission");
  EXPECT_EQ(message(""), "no worker could judge the submission");
}

TEST(LastWords, HaveTheGivenVerdictIfThereIsNoReport) {
  const Report report = report_without_results(Verdict::Expired, 1, "");
  EXPECT_EQ(report.verdict, Verdict::Expired);
  EXPECT_EQ(report.attempt, 1U);
  EXPECT_EQ(report.message, "no worker started it in time");
}

}  // namespace
}  // namespace evalx::submission
