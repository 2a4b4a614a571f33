#include "service/http_metrics.hpp"

#include <algorithm>
#include <array>

namespace evalx::service {
namespace {

constexpr std::array<std::string_view, 9> kMethods{"GET",    "HEAD",    "POST",  "PUT",    "PATCH",
                                                   "DELETE", "OPTIONS", "TRACE", "CONNECT"};

/// In seconds: from a cached answer to a `wait` of half a minute.
const prometheus::Histogram::BucketBoundaries kLatencyBuckets{
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

auto add_to(prometheus::Family<prometheus::Histogram>& family) {
  return [&family](const prometheus::Labels& labels) -> prometheus::Histogram& {
    return family.Add(labels, kLatencyBuckets);
  };
}

}  // namespace

HttpMetrics::HttpMetrics(metrics::Metrics& metrics)
    : latencies_(
          {"method", "route", "status"},
          add_to(prometheus::BuildHistogram()
                     .Name("evalx_request_latency_seconds")
                     .Help("Time from reading a whole request until its response or stream begins.")
                     .Register(metrics.registry()))) {}

void HttpMetrics::served(const http::Served& served) {
  const bool is_known =
      std::find(kMethods.begin(), kMethods.end(), served.method) != kMethods.end();
  const bool is_status = served.status >= 100 && served.status <= 599;
  latencies_
      .at({is_known ? served.method : "other", served.route.empty() ? "none" : served.route,
           is_status ? std::to_string(served.status) : "0"})
      .Observe(std::chrono::duration<double>(served.took).count());
}

metrics::Figures http_figures(const http::Server& server) {
  metrics::Figures figures;
  figures.level("evalx_http_connections", "Open HTTP connections.", server.connections());
  return figures;
}

}  // namespace evalx::service
