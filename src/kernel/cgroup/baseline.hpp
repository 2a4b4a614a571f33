#pragma once
// Baseline: the counters of a pooled group at the beginning of a run, for cgroup v1 and v2.

#include <optional>
#include <utility>

#include "base/result.hpp"

namespace evalx::kernel {

/// Between two runs the group has no process that could change its counters: the values at the end
/// of one run are the baseline of the next run, and are not read again.
template <class Counters>
class Baseline {
 public:
  /// Sets the baseline of a new run: the noted counters, or `read()` if none were noted.
  template <class Read>
  Result<> begin(Read&& read) {
    if (last_) {
      base_ = *std::exchange(last_, std::nullopt);
    } else {
      EVALX_TRY(base_, read());
    }
    return {};
  }
  /// Notes the counters at the end of a run; for a new group, all zero.
  void note(const Counters& now) { last_ = now; }
  const Counters* operator->() const { return &base_; }

 private:
  Counters base_;
  std::optional<Counters> last_;
};

}  // namespace evalx::kernel
