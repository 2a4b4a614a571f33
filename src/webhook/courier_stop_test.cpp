// Tests of a courier that stops, and of one whose queue is unavailable.
#include <gmock/gmock.h>

#include <algorithm>
#include <future>

#include "webhook/courier_fixture_test.hpp"

namespace evalx::webhook {
namespace {

TEST_F(CourierTest, AStopIsNotCharged) {
  const TestPeer peer{hanging()};
  queue_.end("token", target_of(peer), "{}");
  start();
  ASSERT_TRUE(until([this] { return requests_.count() == 1; }));
  EXPECT_LT(stop(Milliseconds{0}), seconds{2});
  ASSERT_NE(queue_.end_of("token"), nullptr);
  EXPECT_EQ(queue_.end_of("token")->kind, Kind::Uncharged);
}

TEST_F(CourierTest, AnAttemptMayEndWithinTheGrace) {
  std::promise<void> stopping;
  const TestPeer peer{[&](PeerConnection& connection) {
    requests_.add(connection.read_request());
    stopping.get_future().wait_for(kPatience);
    connection.send(kNoContent);
  }};
  queue_.end("token", target_of(peer), "{}");
  start();
  ASSERT_TRUE(until([this] { return requests_.count() == 1; }));
  begin_stop(kPatience);
  queue_.end("late", target_of(peer), "{}");
  ASSERT_TRUE(until([this] { return queue_.was_cancelled; }));
  stopping.set_value();
  ASSERT_TRUE(until([this] { return is_stopped_; }));
  EXPECT_EQ(queue_.end_of("token")->kind, Kind::Delivered);
  EXPECT_EQ(queue_.end_of("late"), nullptr) << "a stopping courier takes no more";
}

TEST_F(CourierTest, AStopEndsACallThatWaits) {
  start();
  ASSERT_TRUE(until([this] { return queue_.is_waited_for; }));
  EXPECT_LT(stop(kPatience), seconds{2});
  EXPECT_TRUE(queue_.was_cancelled);
}

TEST_F(CourierTest, AHurryEndsTheGraceAlsoOfALaterStop) {
  const TestPeer peer{hanging()};
  queue_.end("token", target_of(peer), "{}");
  start();
  ASSERT_TRUE(until([this] { return requests_.count() == 1; }));
  courier_->hurry();
  ASSERT_TRUE(until_settled(1));
  EXPECT_EQ(queue_.end_of("token")->kind, Kind::Uncharged);
  queue_.due("token", target_of(peer));
  EXPECT_LT(stop(kPatience), seconds{2});
  EXPECT_EQ(queue_.settled.size(), 1U);
}

TEST_F(CourierTest, AHurryEndsAStopThatWaits) {
  const TestPeer peer{hanging()};
  queue_.end("token", target_of(peer), "{}");
  start();
  ASSERT_TRUE(until([this] { return requests_.count() == 1; }));
  begin_stop(kPatience);
  courier_->hurry();
  ASSERT_TRUE(until([this] { return is_stopped_; }));
  EXPECT_EQ(queue_.end_of("token")->kind, Kind::Uncharged);
}

TEST_F(CourierTest, AnOutageOfTheQueueLosesNoOutcome) {
  limits_.pauses = {Milliseconds{1}, Milliseconds{4}};
  const TestPeer peer{answering(kNoContent)};
  queue_.take_fails = 3;
  queue_.find_fails = 3;
  queue_.settle_fails = 5;
  queue_.end("token", target_of(peer), "{}");
  start();
  ASSERT_TRUE(until_settled(1));
  EXPECT_EQ(queue_.end_of("token")->kind, Kind::Delivered);
  EXPECT_EQ(queue_.settles, 6U);
  stop(Milliseconds{0});
  EXPECT_EQ(requests_.count(), 1U);
}

TEST_F(CourierTest, AnOutageIsTwoLinesAndNoBusyLoop) {
  limits_.pauses = {Milliseconds{10}, Milliseconds{40}};
  limits_.patience = Milliseconds{1};
  queue_.take_fails = 6;
  testing::internal::CaptureStderr();
  const auto began = std::chrono::steady_clock::now();
  start();
  const bool is_over = until([this] { return queue_.takes == 8; });
  const std::string log = testing::internal::GetCapturedStderr();
  ASSERT_TRUE(is_over);
  EXPECT_GE(std::chrono::steady_clock::now() - began, Milliseconds{10 + 20 + 4 * 40});
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 2) << log;
}

TEST_F(CourierTest, AStopDuringAnOutageEnds) {
  limits_.last_outcomes = Milliseconds{50};
  const TestPeer peer{answering(kNoContent)};
  queue_.settle_fails = 1'000'000;
  queue_.end("token", target_of(peer), "{}");
  start();
  ASSERT_TRUE(until([this] { return queue_.settles > 0; }));
  EXPECT_LT(stop(Milliseconds{0}), seconds{2});
  EXPECT_TRUE(queue_.settled.empty());
}

TEST_F(CourierTest, ItsLoopMayEndWhileItWaits) {
  limits_.pauses = {kPatience, kPatience};
  const TestPeer peer{answering(kNoContent)};
  queue_.settle_fails = 1;
  queue_.end("token", target_of(peer), "{}");
  start();
  ASSERT_TRUE(until([this] { return queue_.settles == 1 && queue_.is_waited_for; }));
  is_stopped_ = true;  // The coroutines end with the loop, behind this test.
}

}  // namespace
}  // namespace evalx::webhook
