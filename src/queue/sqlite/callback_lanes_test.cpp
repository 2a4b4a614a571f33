#include "queue/sqlite/callback_lanes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "queue/callback.hpp"

namespace evalx::queue::sqlite {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Clock::Instant at(int seconds) {
  return Clock::Instant{std::chrono::seconds{seconds}};
}

class CallbackLanesTest : public testing::Test {
 protected:
  void wait(const std::string& token, const std::string& lane, int due) {
    lanes_.wait(token, lane, at(due), at(due));
  }
  CallbackLanes lanes_;
};

TEST_F(CallbackLanesTest, TheLongestDueComesFirst) {
  wait("b", "one", 2);
  wait("a", "two", 1);
  wait("c", "one", 3);
  wait("later", "one", 10);
  EXPECT_EQ(lanes_.next(), at(1));
  EXPECT_THAT(lanes_.take(at(9), 2), ElementsAre("a", "b"));
  EXPECT_THAT(lanes_.take(at(9), 2), ElementsAre("c"));
  EXPECT_THAT(lanes_.take(at(9), 2), IsEmpty());
  EXPECT_EQ(lanes_.next(), at(10));
  EXPECT_EQ(lanes_.size(), 4U) << "what is sent counts until it is settled";
}

TEST_F(CallbackLanesTest, ASlowLaneDelaysNoOther) {
  for (int i = 0; i < 100; ++i) wait("slow" + std::to_string(i), "slow", 1);
  wait("fast", "fast", 2);
  EXPECT_EQ(lanes_.take(at(5), 100).size(), kCallbacksPerLane + 1);
  EXPECT_EQ(lanes_.next(), std::nullopt) << "the slow lane has no room";
  lanes_.remove("slow0");
  EXPECT_EQ(lanes_.take(at(5), 100).size(), 1U);
}

TEST_F(CallbackLanesTest, OneThatIsSentMayWaitAgain) {
  wait("a", "one", 1);
  EXPECT_THAT(lanes_.take(at(1), 1), ElementsAre("a"));
  lanes_.wait("a", "one", at(1), at(60));
  EXPECT_THAT(lanes_.take(at(59), 1), IsEmpty());
  EXPECT_THAT(lanes_.take(at(60), 1), ElementsAre("a"));
  EXPECT_EQ(lanes_.oldest_since(), at(1));
  lanes_.remove("a");
  EXPECT_EQ(lanes_.size(), 0U);
  EXPECT_EQ(lanes_.oldest_since(), std::nullopt);
}

TEST_F(CallbackLanesTest, ARemovedOneIsNotSent) {
  wait("a", "one", 1);
  lanes_.remove("a");
  lanes_.remove("unknown");
  EXPECT_THAT(lanes_.take(at(1), 1), IsEmpty());
  EXPECT_EQ(lanes_.next(), std::nullopt);
}

}  // namespace
}  // namespace evalx::queue::sqlite
