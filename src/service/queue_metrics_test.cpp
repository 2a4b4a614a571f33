#include "service/queue_metrics.hpp"

#include <gtest/gtest.h>

#include "api/fake_queue.hpp"

namespace evalx::service {
namespace {

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
  api::FakeQueue queue;
  queue.oldest = std::chrono::seconds{90};
  queue.add("t1", queue::State::Queued);
  queue.add("t2", queue::State::Queued);
  const metrics::Figures figures = queue_figures(queue);
  EXPECT_EQ(value_of(figures, "evalx_queue_depth", "default"), 2);
  EXPECT_EQ(value_of(figures, "evalx_queue_oldest_seconds", ""), 90);
  EXPECT_EQ(value_of(figures, "evalx_jobs_total", "accepted"), 2);
}

TEST(QueueMetrics, ShowEveryTotalBeforeTheFirstJob) {
  const api::FakeQueue queue;
  const metrics::Figures figures = queue_figures(queue);
  for (const char* event :
       {"accepted", "done", "cancelled", "recovered", "retried", "vanished", "expired"}) {
    EXPECT_EQ(value_of(figures, "evalx_jobs_total", event), 0) << event;
  }
  EXPECT_EQ(value_of(figures, "evalx_leases_lost_total", ""), 0);
  EXPECT_EQ(value_of(figures, "evalx_dead_letters_total", ""), 0);
}

}  // namespace
}  // namespace evalx::service
