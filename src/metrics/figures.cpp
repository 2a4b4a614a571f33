#include "metrics/figures.hpp"

namespace evalx::metrics {

void Figures::add(prometheus::MetricType type, std::string_view name, std::string_view help,
                  Label label, double value) {
  if (families_.empty() || families_.back().name != name)
    families_.push_back({std::string(name), std::string(help), type, {}});
  prometheus::ClientMetric& metric = families_.back().metric.emplace_back();
  if (!label.name.empty())
    metric.label.push_back({std::string(label.name), std::string(label.value)});
  if (type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
}

}  // namespace evalx::metrics
