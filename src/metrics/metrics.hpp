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

  /// Here an owner creates its counters, gauges and histograms. It may change them from any thread.
  prometheus::Registry& registry() { return registry_; }

  /// Called at each scrape, on the loop of the scrape. Several scrapes may run at the same time, on
  /// different threads. It may wait for another loop, but must not block the thread.
  using Source = std::function<Task<Figures>()>;
  /// Call before the first scrape. `source` must stay valid until the last one has ended.
  void add_source(Source source) { sources_.push_back(std::move(source)); }

  /// All metrics in Prometheus text format 0.0.4. May be called on any thread's loop; this object
  /// must outlive the loop's run.
  Task<std::string> text();

 private:
  prometheus::Registry registry_;
  std::vector<Source> sources_;
};

}  // namespace evalx::metrics
