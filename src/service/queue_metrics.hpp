#pragma once
// QueueMetrics: the metrics of the queue.

#include "metrics/figures.hpp"
#include "queue/figures.hpp"

namespace evalx::service {

/// Thread-safe.
metrics::Figures queue_figures(const queue::Figures& queue);

}  // namespace evalx::service
