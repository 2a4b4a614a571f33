#pragma once
// HttpMetrics: the metrics of HTTP.

#include <prometheus/histogram.h>

#include "http/router.hpp"
#include "http/server.hpp"
#include "metrics/by_labels.hpp"
#include "metrics/metrics.hpp"

namespace evalx::service {

/// Thread-safe.
class HttpMetrics {
 public:
  /// `metrics` must outlive this object.
  explicit HttpMetrics(metrics::Metrics& metrics);
  /// Counts an answered request.
  void served(const http::Served& served);

 private:
  metrics::ByLabels<prometheus::Histogram> latencies_;
};

metrics::Figures http_figures(const http::Server& server);

}  // namespace evalx::service
