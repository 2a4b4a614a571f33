#pragma once
// Metrics: collects what the parts of a process report about themselves into the text of /metrics.

#include <prometheus/registry.h>

#include <functional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "metrics/figures.hpp"

namespace evalx::metrics {

/// Identifies the running build in evalx_build_info.
struct BuildInfo {
  std::string version;
  std::string commit;
};

/// One per process. Each metric is declared by its owner: alerts and dashboards use the names, so a
/// name never changes.
class Metrics {
 public:
  explicit Metrics(const BuildInfo& build);
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// For counters, gauges and histograms, which their owner keeps and changes from any thread.
  prometheus::Registry& registry() { return registry_; }

  /// Called at each scrape, on the loop of the scrape; several scrapes may be under way. It may
  /// wait for another loop, but must not block the thread.
  using Source = std::function<Task<Figures>()>;
  /// Call before the first scrape. `source` must stay valid until the last one has ended.
  void add_source(Source source) { sources_.push_back(std::move(source)); }

  /// Prometheus text format 0.0.4. From any thread's loop; this object must outlive the loop's run.
  Task<std::string> text();

 private:
  prometheus::Registry registry_;
  std::vector<Source> sources_;
};

}  // namespace evalx::metrics
