#pragma once
// Callbacks: the part of a queue that serves the senders of callbacks.

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "queue/callback.hpp"

namespace evalx::queue {

/// Identifies one attempt to send a job's callback. Only its holder may settle it.
struct CallbackLease {
  std::string token;        ///< The job's.
  std::uint64_t lease = 0;  ///< Random; compared, never counted.
};

struct DueCallback {
  CallbackLease id;
  unsigned round = 1;    ///< As Callback::round.
  unsigned attempt = 1;  ///< 1 for the first one of its round.
  std::string target;    ///< As CallbackRequest::target.
};

inline constexpr std::size_t kCallbacksTakenMax = 256;

/// Functions may be called from any thread's event loop and resume on the caller's. None throws. No
/// call may begin once the queue's destructor runs; calls that still wait then are answered
/// Unavailable. After Unavailable a change may have been made or not: its reply may be lost.
class Callbacks {
 public:
  virtual ~Callbacks() = default;

  /// Leases callbacks that are due, the longest due first, at most `limit` (1 to
  /// kCallbacksTakenMax) and at most kCallbacksPerLane of one lane at the same time. Waits at most
  /// `patience` for the first; empty if none came. The queue renews the leases by itself while this
  /// process lives: every one must be settled. Errors: Unavailable; operation_canceled if the
  /// caller cancels the call, which then leases nothing.
  virtual Task<Result<std::vector<DueCallback>>> take_callbacks(std::size_t limit,
                                                                Milliseconds patience) = 0;
  /// Ends an attempt. Durable on success, as Work::complete(). Errors: LeaseLost, also if the job
  /// was erased or redriven meanwhile; Unavailable.
  virtual Task<Result<>> settle_callback(CallbackLease id, CallbackEnd end) = 0;
};

}  // namespace evalx::queue
