#pragma once
// ByLabels: finds a metric of one family by the values of its labels. Bounds how many values each
// label may have.

#include <prometheus/labels.h>

#include <functional>
#include <initializer_list>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.hpp"

namespace evalx::metrics {

/// Each label keeps the first values up to this number; all later values are counted as "other".
/// Otherwise clients could make /metrics grow without end.
inline constexpr std::size_t kLabelValuesMax = 128;

/// `Metric` is prometheus::Counter, Gauge or Histogram. Thread-safe: at() holds a lock for a short
/// time. prometheus-cpp's Family::Add finds an existing metric as well, but first constructs a new
/// one each time.
template <class Metric>
class ByLabels {
 public:
  /// `make` adds the metric of new labels to its family.
  using Make = std::function<Metric&(const prometheus::Labels&)>;

  ByLabels(std::vector<std::string> names, Make make)
      : names_(std::move(names)), make_(std::move(make)), seen_(names_.size()) {}

  /// The metric with these values, one for each name and in the same order. Valid as long as the
  /// registry.
  Metric& at(std::initializer_list<std::string_view> values) {
    EVALX_ASSERT(values.size() == names_.size());
    const std::scoped_lock lock{mutex_};
    std::string key;
    for (std::size_t i = 0; i < names_.size(); ++i)
      key.append(admit(seen_[i], values.begin()[i])).append(1, '\0');
    if (const auto known = known_.find(key); known != known_.end()) return *known->second;
    prometheus::Labels labels;
    for (std::size_t i = 0; i < names_.size(); ++i)
      labels.emplace(names_[i], admit(seen_[i], values.begin()[i]));
    return *known_.emplace(std::move(key), &make_(labels)).first->second;
  }

 private:
  using Values = std::set<std::string, std::less<>>;

  static std::string_view admit(Values& seen, std::string_view value) {
    if (seen.find(value) != seen.end()) return value;
    if (seen.size() >= kLabelValuesMax) return "other";
    return *seen.emplace(value).first;
  }

  const std::vector<std::string> names_;
  const Make make_;
  std::mutex mutex_;
  std::vector<Values> seen_;  ///< The values of each label so far.
  std::map<std::string, Metric*> known_;
};

}  // namespace evalx::metrics
