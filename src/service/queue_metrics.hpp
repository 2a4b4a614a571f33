#pragma once
// QueueMetrics: the metrics of the queue.

#include "metrics/figures.hpp"
#include "queue/queue.hpp"

namespace evalx::service {

/// From any thread.
metrics::Figures queue_figures(const queue::Queue& queue);

}  // namespace evalx::service
