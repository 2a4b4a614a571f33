#include "service/queue_metrics.hpp"

namespace evalx::service {

metrics::Figures queue_figures(const queue::Figures& queue) {
  metrics::Figures figures;
  figures.level("evalx_queue_depth", "Jobs in each queue.", {"queue", "default"},
                queue.queued.load());
  figures.level("evalx_queue_oldest_seconds", "How long the oldest waiting job has waited.",
                queue.oldest_queued().count());
  const auto happened = [&figures](std::string_view event, std::uint64_t times) {
    figures.total("evalx_jobs_total", "Events in the life of jobs, by kind.", {"event", event},
                  times);
  };
  happened("accepted", queue.accepted);
  happened("done", queue.done);
  happened("cancelled", queue.cancelled);
  happened("recovered", queue.recovered);
  happened("retried", queue.retried);
  happened("vanished", queue.vanished);
  happened("expired", queue.expired);
  figures.total(
      "evalx_leases_lost_total",
      "Lost leases that this process noticed, each once: jobs it had to stop, and changes "
      "that were refused because the lease had ended.",
      queue.lease_lost.load());
  figures.total(
      "evalx_queue_results_evicted_total",
      "Finished jobs that this process deleted early: all results exceeded their capacity.",
      queue.evicted.load());
  figures.level("evalx_queue_result_bytes", "Stored finished jobs, in bytes.",
                queue.result_bytes.load());
  figures.level("evalx_queue_result_capacity_bytes",
                "Bytes of finished jobs beyond which the oldest are deleted early.",
                queue.result_capacity.load());
  figures.level("evalx_callbacks_waiting",
                "Callbacks of finished jobs that wait to be sent, or are sent now.",
                queue.callbacks_waiting.load());
  figures.level("evalx_callback_oldest_seconds",
                "How long ago the job of the oldest waiting callback finished.",
                queue.oldest_callback().count());
  figures.total("evalx_dead_letters_total", "Jobs given up after too many failures.",
                queue.dead.load());
  return figures;
}

}  // namespace evalx::service
