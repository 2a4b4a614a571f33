#include "service/queue_metrics.hpp"

namespace evalx::service {

metrics::Figures queue_figures(const queue::Queue& queue) {
  const queue::Depth depth = queue.depth();
  const queue::Totals totals = queue.totals();
  metrics::Figures figures;
  figures.level("evalx_queue_depth", "Jobs in each queue.", {"queue", "default"}, depth.queued);
  figures.level("evalx_queue_oldest_seconds", "How long the oldest waiting job has waited.",
                depth.oldest_queued.count());
  const auto happened = [&figures](std::string_view event, std::uint64_t times) {
    figures.total("evalx_jobs_total", "What has happened to jobs.", {"event", event}, times);
  };
  happened("accepted", totals.accepted);
  happened("done", totals.done);
  happened("cancelled", totals.cancelled);
  happened("recovered", totals.recovered);
  happened("retried", totals.retried);
  happened("vanished", totals.vanished);
  happened("expired", totals.expired);
  figures.total("evalx_leases_lost_total", "Leases that ended before their job.",
                totals.lease_lost);
  figures.total("evalx_dead_letters_total", "Jobs given up after too many failures.", totals.dead);
  return figures;
}

}  // namespace evalx::service
