#pragma once
// CourierMetrics: the metrics of callbacks that are sent.

#include <prometheus/counter.h>
#include <prometheus/histogram.h>

#include "metrics/metrics.hpp"
#include "webhook/courier.hpp"

namespace evalx::service {

/// Every total is there from the start, also in a process that sends no callbacks. Thread-safe.
class CourierMetrics {
 public:
  /// `metrics` must outlive this object.
  explicit CourierMetrics(metrics::Metrics& metrics);
  void attempted(const webhook::Attempted& attempted);

 private:
  prometheus::Counter& counter(queue::CallbackEnd::Kind outcome);

  prometheus::Family<prometheus::Counter>& attempts_;
  prometheus::Counter& delivered_;
  prometheus::Counter& retry_;
  prometheus::Counter& dead_;
  prometheus::Counter& stopped_;
  prometheus::Histogram& times_;
};

}  // namespace evalx::service
