#pragma once
// FleetWatch: reads the list of live workers every few seconds, for the metrics and for an API.

#include <prometheus/gauge.h>

#include <boost/asio/io_context.hpp>
#include <memory>

#include "base/task.hpp"
#include "metrics/metrics.hpp"
#include "queue/operations.hpp"
#include "service/language_list.hpp"
#include "service/self_description.hpp"

namespace evalx::service {

/// Lives on one event loop, which serves no HTTP requests. The constructor's arguments must outlive
/// the loop's run.
class FleetWatch {
 public:
  FleetWatch(asio::io_context& loop, queue::Operations& queue, metrics::Metrics& metrics);

  /// For a process without an engine: from now on each look() updates these two, which must outlive
  /// the loop's run.
  void keep(CatalogueList& languages, FleetEngine& engine);
  /// Reads the workers once. Errors: the queue's; then nothing changes.
  Task<Result<>> look();
  /// Calls look() every few seconds. Call once.
  void start();

 private:
  Task<> go_on();

  asio::io_context& loop_;
  queue::Operations& queue_;
  prometheus::Gauge& workers_metric_;
  prometheus::Gauge& sandboxes_metric_;
  CatalogueList* languages_ = nullptr;
  FleetEngine* engine_ = nullptr;
  std::size_t workers_ = 0;  ///< At the last look().
};

}  // namespace evalx::service
