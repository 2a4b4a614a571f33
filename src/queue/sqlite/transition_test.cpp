#include "queue/sqlite/transition.hpp"

#include <gtest/gtest.h>

namespace evalx::queue::sqlite {
namespace {

constexpr unsigned kAttempts = 3;

JobRow leased(unsigned attempt) {
  return {.id = 1, .state = State::Leased, .attempt = attempt, .deaths = 0, .lease = 7};
}

TEST(Transition, OnlyTheCurrentLeaseMayPublish) {
  for (const Change change : {Change::Complete, Change::Release, Change::Retry}) {
    EXPECT_TRUE(decide(change, leased(1), 7, kAttempts));
    EXPECT_EQ(decide(change, leased(1), 8, kAttempts).error().code, Errc::LeaseLost);
    EXPECT_EQ(decide(change, std::nullopt, 7, kAttempts).error().code, Errc::LeaseLost);
    for (const State state : {State::Queued, State::Done, State::Cancelled, State::Dead}) {
      JobRow job = leased(1);
      job.state = state;
      EXPECT_EQ(decide(change, job, 7, kAttempts).error().code, Errc::LeaseLost);
    }
  }
}

TEST(Transition, ReleaseTakesTheAttemptBackAndRetryDoesNot) {
  EXPECT_EQ(decide(Change::Release, leased(2), 7, kAttempts)->attempt, 1U);
  const auto retried = decide(Change::Retry, leased(2), 7, kAttempts);
  EXPECT_EQ(retried->attempt, 2U);
  EXPECT_EQ(retried->to, State::Queued);
}

TEST(Transition, TheThirdFailureIsTheLast) {
  EXPECT_EQ(decide(Change::Retry, leased(3), 7, kAttempts)->to, State::Dead);
}

TEST(Transition, CancelEndsAnOpenJobWhoeverHoldsIt) {
  EXPECT_EQ(decide(Change::Cancel, leased(1), 0, kAttempts)->to, State::Cancelled);
  EXPECT_EQ(decide(Change::Cancel, JobRow{}, 0, kAttempts)->to, State::Cancelled);
  EXPECT_EQ(decide(Change::Cancel, std::nullopt, 0, kAttempts).error().code, Errc::NotFound);
  JobRow done = leased(1);
  done.state = State::Done;
  EXPECT_EQ(decide(Change::Cancel, done, 0, kAttempts).error().code, Errc::Finished);
}

TEST(Transition, BackOffDoublesFromHalfASecondToHalfAMinute) {
  for (const std::uint64_t random : {0ULL, 12345ULL, ~0ULL}) {
    EXPECT_GE(back_off(1, random), Milliseconds{250});
    EXPECT_LE(back_off(1, random), Milliseconds{500});
    EXPECT_GE(back_off(2, random), Milliseconds{500});
    EXPECT_LE(back_off(2, random), Milliseconds{1000});
    EXPECT_GE(back_off(100, random), Milliseconds{15'000});
    EXPECT_LE(back_off(100, random), Milliseconds{30'000});
  }
}

}  // namespace
}  // namespace evalx::queue::sqlite
