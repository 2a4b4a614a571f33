#pragma once
// Operations: the part of a queue that serves operators: unfinished jobs, workers and figures.

#include <string>

#include "base/result.hpp"
#include "base/task.hpp"
#include "queue/figures.hpp"
#include "queue/listing.hpp"
#include "queue/live_workers.hpp"

namespace evalx::queue {

/// Functions may be called from any thread's event loop and resume on the caller's. None throws.
/// The queue must outlive every call to it.
class Operations {
 public:
  virtual ~Operations() = default;

  /// Errors: invalid_argument, which names the field; Unavailable.
  virtual Task<Result<Listing>> list(ListFilter filter) = 0;
  /// Queues a dead job again, with all its attempts. A job that lost workers stays in quarantine,
  /// and its next death is its last. Its failures are kept, its result is deleted, and its event
  /// stream continues with "queued". The queue's capacity does not apply: the job was accepted
  /// before. Errors: NotFound, also if it is not dead; Unavailable.
  virtual Task<Result<>> redrive(std::string token) = 0;
  /// The live workers. A process is one from its first lease() to its end; a killed process is
  /// listed until its session has ended. Errors: Unavailable.
  virtual Task<Result<LiveWorkers>> workers() = 0;

  /// From any thread; valid as long as the queue.
  [[nodiscard]] virtual const Figures& figures() const = 0;
};

}  // namespace evalx::queue
