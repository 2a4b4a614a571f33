// Tests of the courier against a fake queue and real receivers.
#include "webhook/courier.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <functional>
#include <future>
#include <mutex>

#include "http/client/test_call.hpp"
#include "http/client/test_peer.hpp"
#include "webhook/fake_queue.hpp"

namespace evalx::webhook {
namespace {

using http::client::PeerConnection;
using http::client::TestPeer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Kind = queue::CallbackEnd::Kind;
using std::chrono::seconds;

constexpr seconds kPatience{10};

/// The requests of receivers, which run on threads of their own.
class Requests {
 public:
  void add(std::string request) {
    const std::scoped_lock lock{mutex_};
    all_.push_back(std::move(request));
  }
  [[nodiscard]] std::vector<std::string> all() const {
    const std::scoped_lock lock{mutex_};
    return all_;
  }
  [[nodiscard]] std::size_t count() const { return all().size(); }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> all_;
};

class CourierTest : public testing::Test {
 protected:
  ~CourierTest() override {
    if (courier_ && !is_stopped_) stop(Milliseconds{0});
  }

  void start(Reach reach = Reach::Private) {
    sender_.emplace(client_, clock_, secrets_, reach);
    courier_.emplace(loop_.get_executor(),
                     Courier::Parts{queue_, queue_, *sender_, reach, clock_,
                                    [](queue::Record record) { return record.result + "\n"; },
                                    [this](const Attempted& one) { attempted_.push_back(one); }},
                     limits_);
    courier_->start();
  }
  /// Runs the loop until the condition holds; false after a long time.
  bool until(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      loop_.restart();
      loop_.run_one_for(Milliseconds{5});
    }
    return true;
  }
  bool until_settled(std::size_t count) {
    return until([&] { return queue_.settled.size() >= count; });
  }
  void begin_stop(Milliseconds grace) {
    asio::co_spawn(loop_, courier_->stop(grace),
                   [this](const std::exception_ptr&) { is_stopped_ = true; });
  }
  /// Returns how long it took.
  std::chrono::steady_clock::duration stop(Milliseconds grace) {
    const auto began = std::chrono::steady_clock::now();
    begin_stop(grace);
    EXPECT_TRUE(until([this] { return is_stopped_; }));
    return std::chrono::steady_clock::now() - began;
  }
  static std::string target_of(const TestPeer& peer, const std::string& rest = "/done?key=hidden") {
    return "v1 http://127.0.0.1:" + std::to_string(peer.port()) + rest;
  }
  TestPeer::Script answering(std::string answer) {
    return [this, answer = std::move(answer)](PeerConnection& connection) {
      requests_.add(connection.read_request());
      connection.send(answer);
    };
  }
  TestPeer::Script hanging() {
    return [this](PeerConnection& connection) {
      requests_.add(connection.read_request());
      connection.wait_closed();
    };
  }

  asio::io_context loop_{1};
  FakeQueue queue_{loop_.get_executor()};
  SystemClock clock_;
  SigningSecrets secrets_ = *SigningSecrets::parse({"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
  http::client::TestAuthority authority_;
  std::unique_ptr<http::client::Tls> tls_ =
      *http::client::Tls::with_certificates_of(authority_.file());
  http::client::FixedResolver resolver_{{{"127.0.0.1"}}};
  http::client::Client client_{resolver_, *tls_};
  CourierLimits limits_;
  Requests requests_;
  std::vector<Attempted> attempted_;
  std::optional<Sender> sender_;
  std::optional<Courier> courier_;
  bool is_stopped_ = false;
};

constexpr const char* kNoContent = "HTTP/1.1 204 No Content\r\n\r\n";

TEST_F(CourierTest, DeliversTheResultOnce) {
  const TestPeer peer{answering(kNoContent)};
  start();
  ASSERT_TRUE(until([this] { return queue_.is_waited_for; }));
  queue_.end("token", target_of(peer), R"({"verdict":"accepted"})");
  ASSERT_TRUE(until_settled(1));
  EXPECT_EQ(queue_.end_of("token")->kind, Kind::Delivered);
  EXPECT_EQ(queue_.end_of("token")->words, "the server answered 204");
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
  EXPECT_EQ(end.words, "the server answered 503");
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
  EXPECT_EQ(queue_.end_of("gone")->words, "the server answered 410");
  EXPECT_EQ(queue_.end_of("moved")->kind, Kind::Dead);
  EXPECT_EQ(queue_.end_of("moved")->words,
            "the server answered 301; redirects are not followed; this one leads to "
            "https://b.example/?key=1");
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
  ASSERT_EQ(attempted_.size(), 3U);
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
