#include "queue/callback.hpp"

#include <gtest/gtest.h>

#include "queue/state.hpp"

namespace evalx::queue {
namespace {

using namespace std::chrono_literals;
using How = CallbackEnd::Kind;

constexpr StoreTime kEndedAt = 1000s;
constexpr std::uint64_t kSender = 7;

Callback due() {
  return after_job_ended({}, kEndedAt);
}
Callback sending() {
  return *after_take(due(), kSender, kEndedAt);
}

TEST(Callback, TheEndOfItsJobMakesItDueAtOnce) {
  EXPECT_EQ(due(), (Callback{CallbackState::Waiting, 1, 0, 0, 0, kEndedAt}));
}

TEST(Callback, ATakenOneIsTakenByNoOther) {
  EXPECT_EQ(sending(), (Callback{CallbackState::Sending, 1, 1, 0, kSender, {}}));
  EXPECT_EQ(after_take(sending(), 8, kEndedAt).error().code, Errc::LeaseLost);
  EXPECT_EQ(after_take(due(), 8, kEndedAt - 1us).error().code, Errc::LeaseLost);
  EXPECT_EQ(after_take({}, 8, kEndedAt).error().code, Errc::LeaseLost);
}

TEST(Callback, AnAttemptEndsItOrMakesItWait) {
  EXPECT_EQ(after_attempt(sending(), kSender, {How::Delivered}, kEndedAt)->state,
            CallbackState::Delivered);
  EXPECT_EQ(after_attempt(sending(), kSender, {How::Dead}, kEndedAt)->state, CallbackState::Dead);
  EXPECT_EQ(*after_attempt(sending(), kSender, {How::Retry, 5s}, kEndedAt),
            (Callback{CallbackState::Waiting, 1, 1, 0, 0, kEndedAt + 5s}));
  EXPECT_EQ(*after_attempt(sending(), kSender, {How::Uncharged}, kEndedAt), due());
}

TEST(Callback, OnlyTheHolderMayEndAnAttempt) {
  for (const Callback& other : {due(), Callback{}, after_job_redriven(sending())}) {
    EXPECT_EQ(after_attempt(other, kSender, {How::Delivered}, kEndedAt).error().code,
              Errc::LeaseLost);
  }
  EXPECT_EQ(after_attempt(sending(), 8, {How::Delivered}, kEndedAt).error().code, Errc::LeaseLost);
  EXPECT_EQ(after_attempt(due(), 0, {How::Delivered}, kEndedAt).error().code, Errc::LeaseLost);
}

TEST(Callback, ADeadSenderChargesNoAttemptButMayBeTheCause) {
  Callback callback = sending();
  for (const Microseconds pause : {Microseconds{0}, Microseconds{15s}, Microseconds{30s}}) {
    callback = after_sender_died(callback, kEndedAt);
    EXPECT_EQ(callback.attempt, 0U);
    EXPECT_EQ(callback.due, kEndedAt + pause);
    callback = *after_take(callback, kSender, callback.due);
  }
  EXPECT_EQ(pause_after_deaths(1000), 10min);
  EXPECT_EQ(after_attempt(callback, kSender, {How::Retry, 5s}, kEndedAt)->lost, 0U);
}

TEST(Callback, ARedrivenJobEndsInANewRound) {
  const Callback delivered = *after_attempt(sending(), kSender, {How::Delivered}, kEndedAt);
  EXPECT_EQ(after_job_redriven(delivered), (Callback{CallbackState::Asked, 1, 0, 0, 0, {}}));
  EXPECT_EQ(after_job_ended(after_job_redriven(delivered), kEndedAt).round, 2U);
}

TEST(Callback, AnOperatorMaySendItAgain) {
  Callback dead = *after_attempt(sending(), kSender, {How::Dead}, kEndedAt);
  EXPECT_EQ(*after_resend(dead, kEndedAt), due());
  Callback later = *after_attempt(sending(), kSender, {How::Retry, 1h}, kEndedAt);
  EXPECT_EQ(*after_resend(later, kEndedAt),
            (Callback{CallbackState::Waiting, 1, 1, 0, 0, kEndedAt}));
  EXPECT_EQ(*after_resend(sending(), kEndedAt), sending());
  EXPECT_EQ(after_resend({}, kEndedAt).error().code, Errc::NotFound);
}

}  // namespace
}  // namespace evalx::queue
