#include "api/v1/events.hpp"

#include <gtest/gtest.h>

#include <sstream>

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
  /// A stream to its end.
  static std::string all(const http::Response& response) {
    std::string text;
    while (const auto piece = next(response)) text += *piece;
    return text;
  }
  /// The ids and kinds of a stream's events: "s1-1 queued;".
  static std::string ids(const std::string& text) {
    std::string found;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("id: ")) found += line.substr(4) + " ";
      if (line.starts_with("event: ")) found += line.substr(7) + ";";
    }
    return found;
  }
  static std::string report_of_two_tests() {
    submission::Report report;
    report.verdict = submission::Verdict::WrongAnswer;
    report.compile.emplace();
    report.tests.resize(2);
    report.tests[1].index = 1;
    return submission::encode_report(report);
  }
  void finish() {
    queue_.finish(kToken, State::Done, report_of_two_tests());
    queue_.jobs.at(kToken).record.ended_at = Clock::WallInstant{Microseconds{77}};
  }

  FakeQueue queue_;
  Events events_{queue_};
};

TEST_F(EventsTest, SendsEveryEventAndEndsWithTheVerdict) {
  queue_.add(kToken, State::Queued);
  queue_.add_event(kToken, "queued", "{}");
  const auto response = open();
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(header_of(response, "Content-Type"), "text/event-stream");
  EXPECT_EQ(next(response), "retry: 1000\n\nid: s1-1\nevent: queued\ndata: {}\n\n");
  queue_.add_event(kToken, "test", R"({"index":0})");
  EXPECT_EQ(next(response), "id: s1-2\nevent: test\ndata: {\"index\":0}\n\n");
  finish();
  EXPECT_EQ(next(response),
            "id: r77-end\nevent: finished\n"
            "data: {\"state\":\"done\",\"verdict\":\"wrong_answer\"}\n\n");
  EXPECT_EQ(next(response), std::nullopt);
}

TEST_F(EventsTest, ContinuesAfterTheLastEventOfTheClient) {
  queue_.add(kToken, State::Queued);
  for (const char* kind : {"queued", "running", "compiled"}) queue_.add_event(kToken, kind, "{}");
  EXPECT_EQ(next(open("s1-2")), "retry: 1000\n\nid: s1-3\nevent: compiled\ndata: {}\n\n");
}

TEST_F(EventsTest, BeginsWithAResetIfItDoesNotContinue) {
  queue_.add(kToken, State::Leased);
  queue_.add_event(kToken, "queued", "{}");
  for (const char* elsewhere : {"s2-1", "s1-9", "r77-1", "r77-end", "1", "703", "1000000000", "x",
                                "-1", "s1-", "s-1", "s1-18446744073709551616"}) {
    EXPECT_EQ(next(open(elsewhere)),
              "retry: 1000\n\nevent: reset\ndata: {}\n\nid: s1-1\nevent: queued\ndata: {}\n\n")
        << elsewhere;
  }
  EXPECT_EQ(ids(*next(open(""))), "s1-1 queued;") << "a client without events has none to drop";
}

TEST_F(EventsTest, ANewLifeOfTheStreamIsAResetForConnectedClients) {
  queue_.add(kToken, State::Leased);
  queue_.add_event(kToken, "queued", "{}");
  const auto response = open();
  EXPECT_EQ(ids(*next(response)), "s1-1 queued;");
  queue_.jobs.at(kToken).life = "2";
  EXPECT_EQ(ids(*next(response)), "reset;s2-1 queued;");
  queue_.add_event(kToken, "running", "{}");
  EXPECT_EQ(ids(*next(response)), "s2-2 running;");
}

TEST_F(EventsTest, ReturnsNoContentOnlyToAClientThatWasSentTheEnd) {
  queue_.add(kToken, State::Leased);
  queue_.add_event(kToken, "queued", "{}");
  finish();
  EXPECT_EQ(open("r77-end").status, 204U);
  EXPECT_EQ(ids(all(open("s1-1"))), "r77-end finished;");
  EXPECT_EQ(open("r78-end").status, 200U) << "the end before a redrive";
  queue_.jobs.at(kToken).events.clear();
  queue_.jobs.at(kToken).is_whole = false;
  EXPECT_EQ(open("r77-end").status, 204U) << "also long after the end";
}

TEST_F(EventsTest, ShowsAFinishedSubmissionFromItsResultWhenTheStreamIsGone) {
  queue_.add(kToken, State::Leased).is_whole = false;
  queue_.jobs.at(kToken).record.attempt = 2;
  finish();
  queue_.jobs.at(kToken).events.clear();
  const std::string whole =
      "r77-1 queued;r77-2 running;r77-3 compiled;r77-4 test;r77-5 test;r77-end finished;";
  EXPECT_EQ(ids(all(open())), whole);
  EXPECT_EQ(ids(all(open("s1-3"))), "reset;" + whole);
  EXPECT_EQ(ids(all(open("3"))), "reset;" + whole);
  EXPECT_EQ(ids(all(open("r77-4"))), "r77-5 test;r77-end finished;") << "exactly the rest";
  EXPECT_NE(all(open()).find(R"({"attempt":2})"), std::string::npos);
  EXPECT_NE(all(open()).find(R"("index":1)"), std::string::npos);
}

TEST_F(EventsTest, AnIncompleteStreamIsReplacedByTheResultAtItsEnd) {
  queue_.add(kToken, State::Leased).is_whole = false;
  queue_.add_event(kToken, "running", "{}");
  const auto response = open();
  EXPECT_EQ(ids(*next(response)), "s1-1 running;");
  finish();
  EXPECT_EQ(ids(*next(response)),
            "reset;r77-1 queued;r77-2 compiled;r77-3 test;r77-4 test;r77-end finished;");
  EXPECT_EQ(next(response), std::nullopt);
}

TEST_F(EventsTest, AnEndWithoutAReportHasTheVerdictOfItsState) {
  for (const auto& [state, verdict] : {std::pair{State::Dead, "internal_error"},
                                       std::pair{State::Cancelled, "cancelled"},
                                       std::pair{State::Expired, "expired"}}) {
    queue_.add(kToken, State::Leased).is_whole = false;
    queue_.finish(kToken, state, R"({"cause":"x"})");
    const std::string text = all(open());
    EXPECT_EQ(ids(text), "r0-1 queued;r0-end finished;");
    EXPECT_NE(text.find(verdict), std::string::npos) << text;
  }
}

TEST_F(EventsTest, SendsAHeartbeatWhileNothingHappens) {
  queue_.add(kToken, State::Queued);
  queue_.add_event(kToken, "queued", "{}");
  const auto response = open("s1-1");
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
            "id: s1-1\nevent: queued\ndata: {}\n\n: this server is shutting down\nretry: 1000\n\n");
  EXPECT_EQ(next(response), std::nullopt);

  const auto late = open("s1-1");
  EXPECT_EQ(next(late), "retry: 1000\n\n");
  queue_.meanwhile = [](const std::string&) {};
  EXPECT_EQ(next(late), ": this server is shutting down\nretry: 1000\n\n");
  EXPECT_EQ(next(late), std::nullopt);
}

TEST_F(EventsTest, OnceClosedSendsNoReconnectAfterTheLastEvent) {
  queue_.add(kToken, State::Leased);
  finish();
  events_.close();
  EXPECT_EQ(ids(all(open())), "r77-end finished;");
}

TEST_F(EventsTest, SplitsDataIntoLinesSoThatItCannotForgeEvents) {
  queue_.add(kToken, State::Queued);
  queue_.add_event(kToken, "test", "a\nid: 9\rb");
  EXPECT_EQ(next(open()),
            "retry: 1000\n\nid: s1-1\nevent: test\ndata: a\ndata: id: 9\ndata: b\n\n");
}

TEST_F(EventsTest, EndsWhenTheQueueFailsSoThatTheClientReconnects) {
  queue_.add(kToken, State::Queued);
  const auto response = open();
  EXPECT_EQ(next(response), "retry: 1000\n\n");
  queue_.everything_refuses = queue::Errc::Unavailable;
  EXPECT_EQ(next(response), std::nullopt);
  EXPECT_EQ(open("r77-1").status, 503U);
}

TEST_F(EventsTest, RefusesUnknownTokens) {
  EXPECT_EQ(open().status, 404U);
  EXPECT_EQ(open("r77-end").status, 404U);
  EXPECT_EQ(open({}, "nonsense").body, open().body);
}

}  // namespace
}  // namespace evalx::api::v1
