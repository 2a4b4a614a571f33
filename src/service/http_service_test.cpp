#include "service/http_service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "http/test_client.hpp"
#include "service/loop.hpp"

namespace evalx::service {
namespace {

using http::TestClient;
using ::testing::HasSubstr;

/// A worker's HTTP with one thread.
class HttpServiceTest : public testing::Test {
 protected:
  HttpServiceTest() { settings_.listen_port = 0; }
  void start() {
    ASSERT_TRUE(http_.bind(1));
    http_.serve_operations(queue_);
  }
  ~HttpServiceTest() override { http_.stop(Milliseconds{0}); }

  config::Settings settings_;
  SystemClock clock_;
  metrics::Metrics metrics_{{"1", "abc"}};
  HttpService http_{settings_, clock_, metrics_};
  queue::Figures queue_{10, clock_};
};

TEST_F(HttpServiceTest, ServesOthersWhileAScrapeWaitsForTheJudge) {
  asio::io_context judge{1};  // Stopped: it runs only below.
  std::promise<void> asked;
  metrics_.add_source([&]() -> Task<metrics::Figures> {
    asked.set_value();
    auto figures = co_await ask(
        judge,
        [] {
          metrics::Figures of_judge;
          of_judge.total("judged", "By the judge.", 7);
          return of_judge;
        },
        Milliseconds{600'000});
    co_return figures.value();
  });
  start();
  TestClient scraper{http_.port()};
  ASSERT_TRUE(scraper.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  asked.get_future().wait();
  EXPECT_EQ(TestClient{http_.port()}.request("GET", "/healthz").status, 200U)
      << "by the one thread, on which the scrape waits";
  EXPECT_EQ(judge.poll(), 1U);
  const http::Reply scraped = scraper.read_reply();
  EXPECT_EQ(scraped.status, 200U);
  EXPECT_THAT(scraped.body, HasSubstr("\njudged 7\n"));
}

TEST_F(HttpServiceTest, ShowsItsOwnMetricsAndThoseOfTheQueue) {
  start();
  TestClient client{http_.port()};
  EXPECT_EQ(client.request("GET", "/no/such/route").status, 404U);
  const std::string text = client.request("GET", "/metrics").body;
  EXPECT_THAT(text, HasSubstr("\nevalx_http_connections 1\n"));
  EXPECT_THAT(text, HasSubstr("\nevalx_queue_depth{queue=\"default\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("evalx_request_latency_seconds_count{method=\"GET\",route=\"none\","
                              "status=\"404\"} 1\n"));
}

TEST_F(HttpServiceTest, ServesOperatorsOnlyInAWorker) {
  start();
  TestClient client{http_.port()};
  EXPECT_EQ(client.request("GET", "/v1/languages").status, 404U);
  EXPECT_EQ(client.request("POST", "/v1/submissions", "{}").status, 404U);
  EXPECT_EQ(client.request("GET", "/readyz").status, 200U);
}

TEST_F(HttpServiceTest, WithholdsReasonsAndMetricsFromStrangers) {
  start();
  http_.tokens().replace({{"alice", sha256("secret"), {gate::Scope::Metrics}}});
  http_.close();
  TestClient client{http_.port()};
  const std::vector<http::Header> token{{"Authorization", "Bearer secret"}};
  EXPECT_EQ(client.request("GET", "/healthz").status, 200U);
  EXPECT_EQ(client.request("GET", "/readyz").body, "{\"status\":\"not_ready\",\"reasons\":[]}\n");
  EXPECT_THAT(client.request("GET", "/readyz", "", token).body, HasSubstr("shutting down"));
  EXPECT_EQ(client.request("GET", "/metrics").status, 401U);
  EXPECT_EQ(client.request("GET", "/metrics", "", token).status, 200U);
}

TEST_F(HttpServiceTest, IsOpenToEverybodyOnlyBeyondLoopbackAndWithoutTokens) {
  EXPECT_FALSE(http_.is_open_to_everybody());
  config::Settings settings;
  settings.listen_address = "0.0.0.0";
  metrics::Metrics metrics{{"1", "abc"}};
  HttpService beyond{settings, clock_, metrics};
  EXPECT_TRUE(beyond.is_open_to_everybody());
  beyond.tokens().replace({{"alice", {}, {gate::Scope::Read}}});
  EXPECT_FALSE(beyond.is_open_to_everybody());
}

TEST_F(HttpServiceTest, IsNotReadyOnceItIsClosed) {
  start();
  http_.close();
  const http::Reply reply = TestClient{http_.port()}.request("GET", "/readyz");
  EXPECT_EQ(reply.status, 503U);
  EXPECT_THAT(reply.body, HasSubstr("shutting down"));
}

}  // namespace
}  // namespace evalx::service
