// Tests of what follows from an attempt: its fate for each outcome, and the times of retries.
#include "webhook/retry_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace evalx::webhook {
namespace {

using http::client::Answer;
using http::client::failed;
using http::client::FailureKind;
using http::client::Outcome;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

const auto kNow = std::chrono::system_clock::from_time_t(784111777);

Outcome answer(unsigned status, std::vector<http::Header> headers = {}) {
  Answer result;
  result.status = status;
  result.headers = std::move(headers);
  return result;
}

Decision after(const Outcome& outcome, int attempt = 1, std::uint64_t random = 0) {
  return decide(outcome, attempt, RetryPlan{}, kNow, random);
}

milliseconds wait_after(const Outcome& outcome, int attempt, std::uint64_t random) {
  return std::chrono::duration_cast<milliseconds>(after(outcome, attempt, random).at - kNow);
}

TEST(RetryPlan, DeliversWithAnySuccess) {
  for (const unsigned status : {200U, 201U, 202U, 204U, 299U}) {
    EXPECT_EQ(after(answer(status)).fate, Fate::Delivered) << status;
  }
  Answer lost;
  lost.status = 200;
  lost.body_end = http::client::BodyEnd::Lost;
  EXPECT_EQ(after(lost).fate, Fate::Delivered);
}

TEST(RetryPlan, RetriesWhatMaySucceedLater) {
  for (const unsigned status : {408U, 429U, 500U, 502U, 503U, 504U, 599U}) {
    EXPECT_EQ(after(answer(status)).fate, Fate::Retry) << status;
  }
  for (const FailureKind kind :
       {FailureKind::LookupFailed, FailureKind::ConnectFailed, FailureKind::CertificateRefused,
        FailureKind::TlsFailed, FailureKind::Timeout, FailureKind::ConnectionLost,
        FailureKind::BadAnswer}) {
    EXPECT_EQ(after(failed(kind, "why")).fate, Fate::Retry) << name_of(kind);
    EXPECT_EQ(after(failed(kind, "why")).words, "why");
  }
}

TEST(RetryPlan, GivesUpWhatWouldFailAgain) {
  for (const unsigned status : {300U, 301U, 302U, 304U, 307U, 308U, 400U, 401U, 403U, 404U, 405U,
                                410U, 413U, 422U, 425U, 451U}) {
    EXPECT_EQ(after(answer(status)).fate, Fate::Dead) << status;
  }
  EXPECT_EQ(after(failed(FailureKind::AddressRefused, "why")).fate, Fate::Dead);
  EXPECT_EQ(after(failed(FailureKind::NotSendable, "why")).fate, Fate::Dead);
}

TEST(RetryPlan, ChargesNothingForAnAttemptThatWeStopped) {
  EXPECT_EQ(after(failed(FailureKind::Stopped, "why"), 8).fate, Fate::Uncharged);
}

TEST(RetryPlan, SaysWhereARedirectLeads) {
  const Decision moved = after(answer(301, {{"location", "https://b.example/?key=1"}}));
  EXPECT_EQ(moved.words, "the receiver answered 301; redirects are not followed");
  EXPECT_EQ(moved.redirect, "https://b.example") << "its path and query may be secrets";
  EXPECT_EQ(after(answer(301, {{"Location", "/elsewhere"}})).redirect, "");
  EXPECT_EQ(after(answer(302, {{"Location", "\x1b[2J"}})).redirect, "");
  EXPECT_EQ(after(answer(410, {{"Location", "https://b.example/"}})).redirect, "");
}

TEST(RetryPlan, WaitsLongerEachTimeWithJitter) {
  const std::vector<seconds> waits{seconds{5}, minutes{5}, minutes{30}, hours{2},
                                   hours{5},   hours{10},  hours{14}};
  constexpr auto kFactor = std::numeric_limits<std::uint64_t>::max();
  for (int attempt = 1; attempt <= 7; ++attempt) {
    const milliseconds wait = waits[static_cast<std::size_t>(attempt) - 1];
    EXPECT_EQ(wait_after(answer(500), attempt, 0), wait * 3 / 4);
    EXPECT_EQ(wait_after(answer(500), attempt, static_cast<std::uint64_t>(wait.count() / 2)),
              wait * 5 / 4);
    const milliseconds any = wait_after(answer(500), attempt, kFactor);
    EXPECT_GE(any, wait * 3 / 4);
    EXPECT_LE(any, wait * 5 / 4);
  }
}

TEST(RetryPlan, EndsAfterTheLastAttempt) {
  EXPECT_EQ(after(answer(500), 7).fate, Fate::Retry);
  const Decision last = after(answer(500), 8);
  EXPECT_EQ(last.fate, Fate::Dead);
  EXPECT_EQ(last.words, "the receiver answered 500; that was the last of 8 attempts");
  EXPECT_EQ(decide(answer(500), 1, RetryPlan{1}, kNow, 0).fate, Fate::Dead);
}

TEST(RetryPlan, PutsOffAnAttemptThatCouldNotBeMade) {
  const Decision later = put_off("why", 2, RetryPlan{}, kNow, 0);
  EXPECT_EQ(later.fate, Fate::Retry);
  EXPECT_EQ(later.at - kNow, seconds{225});
  EXPECT_EQ(put_off("why", 8, RetryPlan{}, kNow, 0).fate, Fate::Dead);
}

TEST(RetryPlan, HasWaitsForAnyNumberOfAttempts) {
  const Decision far = decide(answer(500), 99, RetryPlan{100}, kNow, 0);
  EXPECT_EQ(far.fate, Fate::Retry);
  EXPECT_EQ(far.at - kNow, hours{18});
}

TEST(RetryPlan, ObeysRetryAfterButNeverComesEarlier) {
  const Outcome minute = answer(429, {{"Retry-After", "60"}});
  EXPECT_EQ(wait_after(minute, 1, 0), seconds{60});
  EXPECT_GE(wait_after(minute, 1, 20'000), seconds{60});
  EXPECT_LE(wait_after(minute, 1, 20'000), seconds{68});
  EXPECT_EQ(wait_after(minute, 4, 0), minutes{90});
  EXPECT_EQ(wait_after(answer(503, {{"Retry-After", "Sun, 06 Nov 1994 08:50:37 GMT"}}), 1, 0),
            seconds{60});
  EXPECT_EQ(wait_after(answer(503, {{"Retry-After", "soon"}}), 1, 0), milliseconds{3750});
  EXPECT_LE(wait_after(answer(503, {{"Retry-After", "999999999"}}), 1, 1'000'000'000), hours{28});
}

}  // namespace
}  // namespace evalx::webhook
