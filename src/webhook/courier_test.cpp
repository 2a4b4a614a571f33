// Tests of the courier against a fake queue and real receivers.
#include "webhook/courier.hpp"

#include <gmock/gmock.h>

#include <future>

#include "webhook/courier_fixture_test.hpp"

namespace evalx::webhook {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST_F(CourierTest, DeliversTheResultOnce) {
  const TestPeer peer{answering(kNoContent)};
  start();
  ASSERT_TRUE(until([this] { return queue_.is_waited_for; }));
  queue_.end("token", target_of(peer), R"({"verdict":"accepted"})");
  ASSERT_TRUE(until_settled(1));
  EXPECT_EQ(queue_.end_of("token")->kind, Kind::Delivered);
  EXPECT_EQ(queue_.end_of("token")->words, "the receiver answered 204");
  stop(Milliseconds{0});
  ASSERT_EQ(requests_.count(), 1U);
  const std::string request = requests_.all().front();
  EXPECT_TRUE(request.starts_with("POST /done?key=hidden HTTP/1.1\r\n")) << request;
  EXPECT_THAT(request, HasSubstr("\r\nwebhook-id: token\r\n"));
  EXPECT_TRUE(request.ends_with("\r\n\r\n{\"verdict\":\"accepted\"}\n")) << request;
  ASSERT_EQ(attempted_.size(), 1U);
  EXPECT_EQ(attempted_.front().outcome, Kind::Delivered);
  EXPECT_TRUE(attempted_.front().took);
}

TEST_F(CourierTest, ASecondRoundIsAnotherMessage) {
  const TestPeer peer{answering(kNoContent)};
  queue_.end("token", target_of(peer), "{}", 2);
  start();
  ASSERT_TRUE(until_settled(1));
  EXPECT_THAT(requests_.all(), ElementsAre(HasSubstr("\r\nwebhook-id: token-2\r\n")));
}

TEST_F(CourierTest, AFailureIsTriedAgainAtThePlansTime) {
  const TestPeer peer{answering("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")};
  queue_.end("first", target_of(peer), "{}");
  queue_.end("fourth", target_of(peer), "{}", 1, 4);
  start();
  ASSERT_TRUE(until_settled(2));
  const queue::CallbackEnd& end = *queue_.end_of("first");
  EXPECT_EQ(end.kind, Kind::Retry);
  EXPECT_EQ(end.words, "the receiver answered 503");
  EXPECT_GT(end.retry_in, Milliseconds{3'700});
  EXPECT_LE(end.retry_in, Milliseconds{6'250});
  const queue::CallbackEnd& later = *queue_.end_of("fourth");
  EXPECT_GT(later.retry_in, std::chrono::minutes{89});
  EXPECT_LE(later.retry_in, std::chrono::minutes{150});
}

TEST_F(CourierTest, GivesUpWhatTheReceiverDoesNotWant) {
  const TestPeer gone{answering("HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n")};
  const TestPeer moved{
      answering("HTTP/1.1 301 Moved\r\nLocation: https://b.example/?key=1\r\n"
                "Content-Length: 0\r\n\r\n")};
  queue_.end("gone", target_of(gone), "{}");
  queue_.end("moved", target_of(moved), "{}");
  start();
  ASSERT_TRUE(until_settled(2));
  EXPECT_EQ(queue_.end_of("gone")->kind, Kind::Dead);
  EXPECT_EQ(queue_.end_of("gone")->words, "the receiver answered 410");
  EXPECT_EQ(queue_.end_of("moved")->kind, Kind::Dead);
  EXPECT_EQ(queue_.end_of("moved")->words,
            "the receiver answered 301; redirects are not followed; this one leads to "
            "https://b.example");
}

TEST_F(CourierTest, TheLogHasTheHostAloneAndNoSecret) {
  const TestPeer peer{answering(kNoContent)};
  const TestPeer moved{
      answering("HTTP/1.1 301 Moved\r\nLocation: https://b.example/?key=hidden\r\n"
                "Content-Length: 0\r\n\r\n")};
  queue_.end("token", target_of(peer), "{}");
  queue_.end("moved", target_of(moved), "{}");
  testing::internal::CaptureStderr();
  start();
  const bool is_settled = until_settled(2);
  const std::string log = testing::internal::GetCapturedStderr();
  ASSERT_TRUE(is_settled);
  EXPECT_THAT(log, HasSubstr("a callback is delivered"));
  EXPECT_THAT(log, HasSubstr("a callback is dead"));
  EXPECT_THAT(log, HasSubstr("http://127.0.0.1:" + std::to_string(peer.port())));
  EXPECT_THAT(log, Not(HasSubstr("hidden")));
  EXPECT_THAT(log, Not(HasSubstr("done")));
  EXPECT_THAT(log, Not(HasSubstr("MfKQ9r8")));
}

TEST_F(CourierTest, GivesUpWhatCannotBeSent) {
  const TestPeer peer{answering(kNoContent)};
  queue_.end("private", target_of(peer), "{}");
  queue_.end("newer", "v9 https://a.example/", "{}");
  queue_.due("deleted", "v1 https://a.example/");
  start(Reach::Public);
  ASSERT_TRUE(until_settled(3));
  EXPECT_EQ(queue_.end_of("private")->kind, Kind::Dead);
  EXPECT_THAT(queue_.end_of("private")->words, HasSubstr("the URL "));
  EXPECT_EQ(queue_.end_of("newer")->words, "the URL has a form that this evalx does not know");
  EXPECT_EQ(queue_.end_of("deleted")->kind, Kind::Dead);
  EXPECT_EQ(queue_.end_of("deleted")->words, "the submission was deleted");
  EXPECT_EQ(peer.accepted(), 0);
  ASSERT_EQ(attempted_.size(), 2U) << "what its client deleted counts as nothing";
  EXPECT_FALSE(attempted_.front().took);
}

TEST_F(CourierTest, NothingIsSentForAJobThatHasNotEnded) {
  const TestPeer peer{answering(kNoContent)};
  queue_.end("redriven", target_of(peer), "{}");
  queue_.jobs["redriven"].state = queue::State::Queued;
  start();
  ASSERT_TRUE(until_settled(1));
  EXPECT_EQ(queue_.end_of("redriven")->kind, Kind::Retry);
  EXPECT_EQ(peer.accepted(), 0);
}

TEST_F(CourierTest, AReceiverThatHangsDelaysNoOther) {
  const TestPeer slow{hanging()};
  const TestPeer quick{answering(kNoContent)};
  for (std::size_t i = 0; i < queue::kCallbacksPerLane; ++i)
    queue_.end("slow-" + std::to_string(i), target_of(slow), "{}");
  for (int i = 0; i < 20; ++i) queue_.end("quick-" + std::to_string(i), target_of(quick), "{}");
  start();
  ASSERT_TRUE(until_settled(20));
  for (const FakeQueue::Settled& one : queue_.settled) {
    EXPECT_THAT(one.token, HasSubstr("quick"));
    EXPECT_EQ(one.end.kind, Kind::Delivered) << one.end.words;
  }
  stop(Milliseconds{0});
  EXPECT_EQ(queue_.settled.size(), 20 + queue::kCallbacksPerLane);
}

TEST_F(CourierTest, HoldsABoundedNumber) {
  limits_.attempts = 2;
  const TestPeer peer{hanging()};
  for (int i = 0; i < 5; ++i) queue_.end("token-" + std::to_string(i), target_of(peer), "{}");
  start();
  ASSERT_TRUE(until([this] { return requests_.count() == 1; }));
  EXPECT_EQ(queue_.finds, 2U);
  EXPECT_EQ(queue_.takes, 1U);
  stop(Milliseconds{0});
}

TEST_F(CourierTest, LargeBodiesWaitForRoomAndSmallOnesDoNot) {
  limits_.bodies = {Bytes{100}, Bytes{1'000}};
  std::promise<void> enough;
  const auto answer_later = [&](PeerConnection& connection) {
    requests_.add(connection.read_request());
    static_cast<void>(enough.get_future().wait_for(kPatience));
    connection.send(kNoContent);
  };
  const TestPeer first{answer_later};
  const TestPeer other{answering(kNoContent)};
  queue_.end("first", target_of(first), std::string(700, '1'));
  start();
  ASSERT_TRUE(until([this] { return requests_.count() == 1; }));
  queue_.end("second", target_of(other), std::string(700, '2'));
  queue_.end("small", target_of(other), std::string(50, '3'));
  ASSERT_TRUE(until_settled(1));
  EXPECT_EQ(queue_.settled.front().token, "small");
  EXPECT_EQ(requests_.count(), 2U);
  enough.set_value();
  ASSERT_TRUE(until_settled(3));
  EXPECT_EQ(queue_.end_of("second")->kind, Kind::Delivered);
  EXPECT_TRUE(requests_.all().back().ends_with(std::string(700, '2') + "\n"));
  EXPECT_EQ(queue_.finds, 4U) << "the one that waited was loaded again";
}

TEST_F(CourierTest, ABodyLargerThanTheRoomIsSentAlone) {
  limits_.bodies = {Bytes{10}, Bytes{100}};
  const TestPeer peer{answering(kNoContent)};
  queue_.end("huge", target_of(peer), std::string(5'000, 'x'));
  start();
  ASSERT_TRUE(until_settled(1));
  EXPECT_EQ(queue_.end_of("huge")->kind, Kind::Delivered);
}

}  // namespace
}  // namespace evalx::webhook
