#pragma once
// Job: one lease of a submission, from lease() until the queue has its outcome.

#include <stop_token>
#include <string>

#include "base/failpoint.hpp"
#include "queue/work.hpp"

namespace evalx::worker {

struct Job {
  queue::Leased leased;
  std::string language;  ///< Empty until the stored submission was read.
  /// Requested when Leased::cancelled is, when the grace of a drain is over, or by Worker::hurry().
  std::stop_source stop;

  [[nodiscard]] Passing passing() const {
    return {.job = leased.id.token, .lease = leased.id.lease};
  }
};

}  // namespace evalx::worker
