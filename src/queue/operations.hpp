#pragma once
// Operations: the part of a queue that serves operators: unfinished jobs, workers and figures.

#include <string>

#include "base/result.hpp"
#include "base/task.hpp"
#include "queue/callback_listing.hpp"
#include "queue/figures.hpp"
#include "queue/listing.hpp"
#include "queue/live_workers.hpp"

namespace evalx::queue {

/// Functions may be called from any thread's event loop and resume on the caller's. None throws. No
/// call may begin once the queue's destructor runs; calls that still wait then are answered
/// Unavailable. After Unavailable a change may have been made or not: its reply may be lost.
class Operations {
 public:
  virtual ~Operations() = default;

  /// One page of the jobs in one state. Errors: invalid_argument, which names the field;
  /// Unavailable; those of the store's own category, e.g. SQLite's.
  virtual Task<Result<Listing>> list(ListFilter filter) = 0;
  /// Queues a dead job again and gives it all its attempts anew: Record::attempt falls back to
  /// Record::deaths. A job that lost workers stays in quarantine, and its next death is its last.
  /// Its failures are kept; its result, its earlier events and its expiry are deleted. Its event
  /// stream continues with "queued". The queue's capacity does not apply, because the job was
  /// accepted before. Errors: NotFound, also if the job is not dead; Unavailable.
  virtual Task<Result<>> redrive(std::string token) = 0;
  /// The live workers. A process is a worker from its first lease() to its end; a killed process is
  /// listed until its session has expired. SQLite has one worker at most: the store's owner.
  /// Errors: Unavailable.
  virtual Task<Result<LiveWorkers>> workers() = 0;

  /// One page of the callbacks that wait or are dead. Errors: as list().
  virtual Task<Result<CallbackListing>> list_callbacks(CallbackFilter filter) = 0;
  /// The callback of a job. Errors: NotFound, also if the job has none; Unavailable; the store's
  /// own.
  virtual Task<Result<ListedCallback>> find_callback(std::string token) = 0;
  /// Makes a job's callback due at once; one that is dead or delivered gets all its attempts again.
  /// Errors: NotFound, also if the job has none or has not ended; Unavailable.
  virtual Task<Result<>> resend_callback(std::string token) = 0;

  /// From any thread; valid as long as the queue.
  [[nodiscard]] virtual const Figures& figures() const = 0;
};

}  // namespace evalx::queue
