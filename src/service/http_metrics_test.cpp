#include "service/http_metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/loop.hpp"

namespace evalx::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string scrape(metrics::Metrics& metrics) {
  asio::io_context loop{1};
  return run_to_end(loop, metrics.text());
}

TEST(HttpMetrics, MeasureTheLatencyOfARoute) {
  metrics::Metrics metrics{{"1", "abc"}};
  HttpMetrics http{metrics};
  http.served({"GET", "/v1/submissions/{token}", 200, Microseconds{3'000}});
  const std::string labels =
      "evalx_request_latency_seconds_bucket{method=\"GET\",route=\"/v1/submissions/{token}\","
      "status=\"200\",le=";
  const std::string text = scrape(metrics);
  EXPECT_THAT(text, HasSubstr(labels + "\"0.0025\"} 0\n"));
  EXPECT_THAT(text, HasSubstr(labels + "\"0.005\"} 1\n"));
}

TEST(HttpMetrics, UseFixedLabelsForTextThatClientsInvent) {
  metrics::Metrics metrics{{"1", "abc"}};
  HttpMetrics http{metrics};
  http.served({"BREW", "", 404, {}});
  http.served({"", "", 7, {}});
  const std::string text = scrape(metrics);
  EXPECT_THAT(text, HasSubstr("{method=\"other\",route=\"none\",status=\"404\",le="));
  EXPECT_THAT(text, HasSubstr("{method=\"other\",route=\"none\",status=\"0\",le="));
  EXPECT_THAT(text, Not(HasSubstr("BREW")));
}

}  // namespace
}  // namespace evalx::service
