#pragma once
// FleetWatch: looks at the queue's workers now and then, for the metrics and for an API.

#include <boost/asio/io_context.hpp>
#include <memory>

#include "base/task.hpp"
#include "metrics/metrics.hpp"
#include "queue/queue.hpp"
#include "service/language_list.hpp"
#include "service/self_description.hpp"

namespace evalx::service {

/// Lives on one event loop, which it shares with nobody's requests. What it is given must outlive
/// the loop's run.
class FleetWatch {
 public:
  FleetWatch(asio::io_context& loop, queue::Queue& queue, metrics::Metrics& metrics)
      : loop_(loop), queue_(queue), metrics_(metrics) {}

  /// For a process that has no engine: at each look they show what the fleet has.
  void keep(CatalogueList& languages, FleetEngine& engine);
  /// What is seen stays until the next look. Errors: of the queue; then nothing changes.
  Task<Result<>> look();
  /// Looks every few seconds from here on. Call once.
  void start();

 private:
  Task<> go_on();

  asio::io_context& loop_;
  queue::Queue& queue_;
  metrics::Metrics& metrics_;
  CatalogueList* languages_ = nullptr;
  FleetEngine* engine_ = nullptr;
  std::size_t workers_ = 0;  ///< As last seen.
};

}  // namespace evalx::service
