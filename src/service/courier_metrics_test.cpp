#include "service/courier_metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/loop.hpp"

namespace evalx::service {
namespace {

using testing::HasSubstr;
using Kind = queue::CallbackEnd::Kind;

class CourierMetricsTest : public testing::Test {
 protected:
  std::string text() {
    asio::io_context loop{1};
    return run_to_end(loop, metrics_.text());
  }
  static std::string attempts(const std::string& outcome, int count) {
    return "\nevalx_callback_attempts_total{outcome=\"" + outcome + "\"} " + std::to_string(count) +
           "\n";
  }

  metrics::Metrics metrics_{{"1", "abc"}};
  CourierMetrics courier_{metrics_};
};

TEST_F(CourierMetricsTest, ShowEveryTotalBeforeTheFirstAttempt) {
  const std::string shown = text();
  for (const char* outcome : {"delivered", "retry", "dead", "stopped"}) {
    EXPECT_THAT(shown, HasSubstr(attempts(outcome, 0)));
  }
  EXPECT_THAT(shown, HasSubstr("\nevalx_callback_attempt_seconds_count 0\n"));
}

TEST_F(CourierMetricsTest, CountOutcomesAndTheTimesOfWhatWasSent) {
  courier_.attempted({Kind::Delivered, std::chrono::milliseconds{1'500}});
  courier_.attempted({Kind::Delivered, std::chrono::milliseconds{500}});
  courier_.attempted({Kind::Retry, std::chrono::milliseconds{2'000}});
  courier_.attempted({Kind::Dead, std::nullopt});
  courier_.attempted({Kind::Uncharged, std::nullopt});
  const std::string shown = text();
  EXPECT_THAT(shown, HasSubstr(attempts("delivered", 2)));
  EXPECT_THAT(shown, HasSubstr(attempts("retry", 1)));
  EXPECT_THAT(shown, HasSubstr(attempts("dead", 1)));
  EXPECT_THAT(shown, HasSubstr(attempts("stopped", 1)));
  EXPECT_THAT(shown, HasSubstr("\nevalx_callback_attempt_seconds_count 3\n"));
  EXPECT_THAT(shown, HasSubstr("\nevalx_callback_attempt_seconds_sum 4\n"));
}

}  // namespace
}  // namespace evalx::service
