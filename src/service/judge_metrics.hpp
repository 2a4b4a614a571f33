#pragma once
// JudgeMetrics: the metrics of judging: verdicts, stages, sandboxes and the artifact cache.

#include <prometheus/counter.h>
#include <prometheus/histogram.h>

#include "metrics/by_labels.hpp"
#include "metrics/figures.hpp"
#include "metrics/metrics.hpp"
#include "worker/worker.hpp"

namespace evalx::service {

class Engine;

/// The metrics that are updated when a submission ends. Thread-safe.
class JudgeMetrics {
 public:
  /// `metrics` must outlive this object.
  explicit JudgeMetrics(metrics::Metrics& metrics);
  /// Counts a submission that has its final result.
  void published(const worker::Published& published);

 private:
  metrics::ByLabels<prometheus::Counter> verdicts_;
  prometheus::Histogram& queue_stage_;
  prometheus::Histogram& compile_stage_;
  prometheus::Histogram& run_stage_;
};

/// The figures of engine and worker. Call on their loop.
metrics::Figures judge_figures(Engine& engine, const worker::Worker& worker);
/// The same with the value 0, until the worker is started: Prometheus sees the first increase of a
/// counter only if the counter was there before.
metrics::Figures idle_judge_figures();

}  // namespace evalx::service
