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
  /// Stopped when the client cancels, the lease is lost, or the grace of a drain is over.
  std::stop_source stop;

  [[nodiscard]] Passing passing() const {
    return {.job = leased.id.token, .lease = leased.id.lease};
  }
};

}  // namespace evalx::worker
