#pragma once
// Work: the part of a queue that serves workers: lease jobs, report progress, publish results.

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "queue/checkpoint.hpp"
#include "queue/state.hpp"

namespace evalx::queue {

/// Identifies one attempt of a job. Only its holder may publish a result.
struct LeaseId {
  std::string token;        ///< The job's.
  std::uint64_t lease = 0;  ///< Random; compared, never counted.
};

struct Leased {
  LeaseId id;
  unsigned attempt = 1;
  std::string spec;
  /// Since the job was last queued: accepted, released, retried, redriven, or taken from a dead
  /// worker. If SQLite's owner was restarted meanwhile: since its acceptance.
  Microseconds waited{};
  /// Requested when a client cancels, the lease is lost, or the queue closes. Its callback runs on
  /// a thread of the queue: post from it.
  std::stop_token cancelled;
  /// Parts that earlier attempts saved, in order. A damaged part is left out, with a line in the log.
  std::vector<std::string> checkpoint{};
  /// An earlier attempt sent events, and the store still has the stream.
  bool has_events = false;
  /// That was stored with the spec; empty if an earlier release stored it. lease() never returns a
  /// job whose spec has another digest: it ends Dead.
  std::string spec_digest{};
};

/// Functions may be called from any thread's event loop and resume on the caller's. None throws. No
/// call may begin once the queue's destructor runs; calls that still wait then are answered
/// Unavailable. After Unavailable a change may have been made or not: its reply may be lost.
class Work {
 public:
  virtual ~Work() = default;

  /// Leases the oldest job whose back-off, if any, is over; but jobs in quarantine come first, and
  /// run alone (machine.hpp). nullopt if there is none within `patience`; 24 hours at most. Without
  /// patience the answer takes one exchange with the store, at most two seconds. The queue renews
  /// the lease by itself while the worker's session lives. Errors: Unavailable; operation_canceled
  /// if the caller cancels the call, which then leases nothing.
  virtual Task<Result<std::optional<Leased>>> lease(Milliseconds patience) = 0;

  /// Publishes `result`, by compare-and-set on the lease: the first result wins and never changes.
  /// As durable on success as accept(). A shared store accepts the same result of the same lease
  /// again, because the first reply may be lost; SQLite refuses it. Errors: LeaseLost, Unavailable.
  virtual Task<Result<>> complete(LeaseId id, std::string result) = 0;
  /// Returns the job to the queue without charging an attempt, e.g. on shutdown. Errors: LeaseLost,
  /// Unavailable.
  virtual Task<Result<>> release(LeaseId id) = 0;
  /// Reports that the holder was asked to stop and runs no program of the job any more. If the
  /// store was out of reach for a whole lease, this releases the job once the store is back;
  /// otherwise it does nothing. From any thread.
  virtual void stopped(LeaseId id) = 0;
  /// Reports a fault of ours. The job is queued again after a back-off; after its third fault
  /// (Rules::max_attempts) it is Dead with `final_result` as its result. `cause` is stored. Returns
  /// the job's new state. Errors: LeaseLost, Unavailable.
  virtual Task<Result<State>> retry(LeaseId id, std::string cause, std::string final_result) = 0;
  /// Reports that no worker can ever judge the job. It is Dead at once with `final_result` as its
  /// result, and `cause` is stored. A repeated call is answered as in complete(). Errors:
  /// LeaseLost, Unavailable.
  virtual Task<Result<>> reject(LeaseId id, std::string cause, std::string final_result) = 0;

  /// Appends `part` for the next lease holder; all parts are deleted when the job ends. Opaque, and
  /// as durable on success as a result. May be stored twice if the reply was lost. Errors:
  /// LeaseLost; Full if the part is larger than kCheckpointPartBytesMax, or if all parts together
  /// would exceed kCheckpointBytesMax; Unavailable, also while too many operations wait for the
  /// disk.
  virtual Task<Result<>> checkpoint(LeaseId id, std::string part) = 0;
  /// Adds an event to a leased job's stream. Dropped if the lease is lost or too many events wait.
  /// Not durable. From any thread.
  virtual void progress(const LeaseId& id, std::string kind, std::string data) = 0;

  /// This process was asked to end, and leases no more jobs. If it is killed from now on, the jobs
  /// that it holds are released, without charging an attempt or a death. From any thread.
  virtual void end_soon() = 0;

  /// Describes this process as a worker, for Operations::workers(). Replaces the earlier
  /// announcement; an empty one, and one beyond kAnnouncementBytesMax, is ignored. The queue
  /// repeats it in each new session, and drops it at the end. Not durable. From any thread.
  virtual void announce(std::string announcement) = 0;
};

}  // namespace evalx::queue
