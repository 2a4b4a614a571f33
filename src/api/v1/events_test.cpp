#include "api/v1/events.hpp"

#include <gtest/gtest.h>

#include "api/fake_queue.hpp"
#include "api/test_support.hpp"

namespace evalx::api::v1 {
namespace {

using queue::State;

class EventsTest : public ::testing::Test {
 protected:
  http::Response open(std::optional<std::string> last = {}, std::string token = kToken) {
    return run(events_.open(std::move(token), std::move(last)));
  }
  static std::optional<std::string> next(const http::Response& response) {
    return run(response.stream->next());
  }

  FakeQueue queue_;
  Events events_{queue_};
};

TEST_F(EventsTest, SendsEveryEventAndEndsAfterTheLast) {
  queue_.add(kToken, State::Queued);
  queue_.add_event(kToken, "queued", "{}");
  const auto response = open();
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(header_of(response, "Content-Type"), "text/event-stream");
  EXPECT_EQ(next(response), "retry: 1000\n\nid: 1\nevent: queued\ndata: {}\n\n");
  queue_.add_event(kToken, "test", R"({"index":0})");
  EXPECT_EQ(next(response), "id: 2\nevent: test\ndata: {\"index\":0}\n\n");
  queue_.finish(kToken, State::Done, accepted_report());
  EXPECT_EQ(next(response), "id: 3\nevent: finished\ndata: {}\n\n");
  EXPECT_EQ(next(response), std::nullopt);
}

TEST_F(EventsTest, ContinuesAfterTheLastEventOfTheClient) {
  queue_.add(kToken, State::Queued);
  for (const char* kind : {"queued", "running", "compiled"}) queue_.add_event(kToken, kind, "{}");
  EXPECT_EQ(next(open("2")), "retry: 1000\n\nid: 3\nevent: compiled\ndata: {}\n\n");
}

TEST_F(EventsTest, ReturnsNoContentToAClientThatHasEveryEvent) {
  queue_.add(kToken, State::Leased);
  queue_.finish(kToken, State::Done, accepted_report());
  EXPECT_EQ(open("1").status, 204U);
  EXPECT_EQ(open("0").status, 200U);
}

TEST_F(EventsTest, SendsAHeartbeatWhileNothingHappens) {
  queue_.add(kToken, State::Queued);
  const auto response = open();
  EXPECT_EQ(next(response), "retry: 1000\n\n");
  EXPECT_EQ(next(response), ": nothing new\n\n");
  EXPECT_EQ(queue_.waits, (std::vector<Milliseconds>{Milliseconds{0}, kHeartbeat}));
}

TEST_F(EventsTest, OnceClosedSendsTheRestAndAsksTheClientToReconnect) {
  queue_.add(kToken, State::Queued);
  const auto response = open();
  EXPECT_EQ(next(response), "retry: 1000\n\n");
  queue_.meanwhile = [this](const std::string& token) {
    queue_.add_event(token, "queued", "{}");
    events_.close();
  };
  EXPECT_EQ(next(response),
            "id: 1\nevent: queued\ndata: {}\n\n: this server is shutting down\nretry: 1000\n\n");
  EXPECT_EQ(next(response), std::nullopt);

  const auto late = open("1");
  EXPECT_EQ(next(late), "retry: 1000\n\n");
  queue_.meanwhile = [](const std::string&) {};
  EXPECT_EQ(next(late), ": this server is shutting down\nretry: 1000\n\n");
  EXPECT_EQ(next(late), std::nullopt);
}

TEST_F(EventsTest, OnceClosedSendsNoReconnectAfterTheLastEvent) {
  queue_.add(kToken, State::Leased);
  queue_.finish(kToken, State::Done, accepted_report());
  events_.close();
  const auto response = open();
  EXPECT_EQ(next(response), "retry: 1000\n\nid: 1\nevent: finished\ndata: {}\n\n");
  EXPECT_EQ(next(response), std::nullopt);
}

TEST_F(EventsTest, SplitsDataIntoLinesSoThatItCannotForgeEvents) {
  queue_.add(kToken, State::Queued);
  queue_.add_event(kToken, "test", "a\nid: 9\rb");
  EXPECT_EQ(next(open()), "retry: 1000\n\nid: 1\nevent: test\ndata: a\ndata: id: 9\ndata: b\n\n");
}

TEST_F(EventsTest, EndsWhenTheQueueFailsSoThatTheClientReconnects) {
  queue_.add(kToken, State::Queued);
  const auto response = open();
  EXPECT_EQ(next(response), "retry: 1000\n\n");
  queue_.everything_refuses = queue::Errc::Unavailable;
  EXPECT_EQ(next(response), std::nullopt);
}

TEST_F(EventsTest, RefusesUnknownTokensAndBadIds) {
  EXPECT_EQ(open().status, 404U);
  EXPECT_EQ(open({}, "nonsense").body, open().body);
  queue_.add(kToken, State::Queued);
  EXPECT_EQ(open("x").status, 400U);
  EXPECT_EQ(fields_of(open("-1")), std::vector<std::string>{"Last-Event-ID"});
}

}  // namespace
}  // namespace evalx::api::v1
