#pragma once
// Baseline: from where a pooled group's counters count, on both versions.

#include <optional>
#include <utility>

#include "base/result.hpp"

namespace evalx::kernel {

/// Between two runs nobody is in the group to move its counters, so what was read at the end of one
/// run is the baseline of the next, and is not read twice.
template <class Counters>
class Baseline {
 public:
  /// Starts counting anew. `read` is asked only if nothing was noted since the last time.
  template <class Read>
  Result<> begin(Read&& read) {
    if (last_) {
      base_ = *std::exchange(last_, std::nullopt);
    } else {
      EVALX_TRY(base_, read());
    }
    return {};
  }
  /// The counters at the end of a run. Of a new group: all zero.
  void note(const Counters& now) { last_ = now; }
  const Counters* operator->() const { return &base_; }

 private:
  Counters base_;
  std::optional<Counters> last_;
};

}  // namespace evalx::kernel
