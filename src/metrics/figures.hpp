#pragma once
// Figures: gauges and counters of one part of a process, read at one moment for /metrics.

#include <prometheus/metric_family.h>

#include <string>
#include <string_view>
#include <vector>

namespace evalx::metrics {

struct Label {
  std::string_view name;
  std::string_view value;
};

/// For values that some object holds anyway and that are read at each scrape. To count events as
/// they happen, use a counter, gauge or histogram of Metrics::registry().
class Figures {
 public:
  // Calls with the same name and different labels must follow each other: they make one family.

  /// A value that rises and falls.
  template <class Number>
  void level(std::string_view name, std::string_view help, Number value) {
    add(prometheus::MetricType::Gauge, name, help, {}, static_cast<double>(value));
  }
  template <class Number>
  void level(std::string_view name, std::string_view help, Label label, Number value) {
    add(prometheus::MetricType::Gauge, name, help, label, static_cast<double>(value));
  }

  /// A value that only grows while the process lives.
  template <class Number>
  void total(std::string_view name, std::string_view help, Number value) {
    add(prometheus::MetricType::Counter, name, help, {}, static_cast<double>(value));
  }
  template <class Number>
  void total(std::string_view name, std::string_view help, Label label, Number value) {
    add(prometheus::MetricType::Counter, name, help, label, static_cast<double>(value));
  }

  [[nodiscard]] const std::vector<prometheus::MetricFamily>& families() const { return families_; }

 private:
  void add(prometheus::MetricType type, std::string_view name, std::string_view help, Label label,
           double value);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace evalx::metrics
