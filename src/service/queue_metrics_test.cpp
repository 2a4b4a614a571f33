#include "service/queue_metrics.hpp"

#include <gtest/gtest.h>

namespace evalx::service {
namespace {

class StoppedClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return Instant{std::chrono::hours{1}}; }
  [[nodiscard]] WallInstant wall_now() const override { return {}; }
};

double value_of(const metrics::Figures& figures, std::string_view name, std::string_view label) {
  for (const prometheus::MetricFamily& family : figures.families()) {
    if (family.name != name) continue;
    for (const prometheus::ClientMetric& metric : family.metric) {
      const bool is_it = metric.label.empty() ? label.empty() : metric.label[0].value == label;
      if (is_it) return metric.gauge.value + metric.counter.value;
    }
  }
  return -1;
}

TEST(QueueMetrics, ShowTheDepthAndTheTotals) {
  const StoppedClock clock;
  queue::Figures queue{10, clock};
  queue.queued = 2;
  queue.set_oldest(clock.now() - std::chrono::seconds{90});
  queue.accepted = 7;
  queue.vanished = 1;
  queue.dead = 3;
  queue.evicted = 4;
  queue.result_bytes = 5;
  queue.result_capacity = 6;
  queue.callbacks_waiting = 8;
  queue.set_oldest_callback(clock.now() - std::chrono::seconds{100});
  const metrics::Figures figures = queue_figures(queue);
  EXPECT_EQ(value_of(figures, "evalx_queue_depth", "default"), 2);
  EXPECT_EQ(value_of(figures, "evalx_queue_oldest_seconds", ""), 90);
  EXPECT_EQ(value_of(figures, "evalx_jobs_total", "accepted"), 7);
  EXPECT_EQ(value_of(figures, "evalx_jobs_total", "vanished"), 1);
  EXPECT_EQ(value_of(figures, "evalx_dead_letters_total", ""), 3);
  EXPECT_EQ(value_of(figures, "evalx_queue_results_evicted_total", ""), 4);
  EXPECT_EQ(value_of(figures, "evalx_queue_result_bytes", ""), 5);
  EXPECT_EQ(value_of(figures, "evalx_queue_result_capacity_bytes", ""), 6);
  EXPECT_EQ(value_of(figures, "evalx_callbacks_waiting", ""), 8);
  EXPECT_EQ(value_of(figures, "evalx_callback_oldest_seconds", ""), 100);
}

TEST(QueueMetrics, ShowEveryTotalBeforeTheFirstJob) {
  const StoppedClock clock;
  const metrics::Figures figures = queue_figures(queue::Figures{10, clock});
  for (const char* event :
       {"accepted", "done", "cancelled", "recovered", "retried", "vanished", "expired"}) {
    EXPECT_EQ(value_of(figures, "evalx_jobs_total", event), 0) << event;
  }
  EXPECT_EQ(value_of(figures, "evalx_leases_lost_total", ""), 0);
  EXPECT_EQ(value_of(figures, "evalx_dead_letters_total", ""), 0);
}

}  // namespace
}  // namespace evalx::service
