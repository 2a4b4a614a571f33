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

/// Identifies one attempt: only its holder may publish.
struct LeaseId {
  std::string token;        ///< The job's.
  std::uint64_t lease = 0;  ///< Random; compared, never counted.
};

struct Leased {
  LeaseId id;
  unsigned attempt = 1;
  std::string spec;
  Microseconds waited{};      ///< Since it was accepted, or since its last release.
  std::stop_token cancelled;  ///< Requested when a client cancels or the lease is lost; the
                              ///< callback runs on a thread of the queue: post from it.
  std::vector<std::string> checkpoint{};  ///< Parts that earlier attempts saved, in order.
  bool has_events = false;                ///< Its event stream holds events of earlier attempts.
};

/// Functions may be called from any thread's event loop and resume on the caller's. None throws.
/// The queue must outlive every call to it.
class Work {
 public:
  virtual ~Work() = default;

  /// The oldest job that is due; nullopt if none comes within `patience`. The queue renews the
  /// lease by itself while the worker's session lives. Errors: Unavailable.
  virtual Task<Result<std::optional<Leased>>> lease(Milliseconds patience) = 0;

  /// Publishes `result`, by compare-and-set on the lease: the first result wins and never changes.
  /// Durable on success. Errors: LeaseLost, Unavailable.
  virtual Task<Result<>> complete(LeaseId id, std::string result) = 0;
  /// Returns the job to the queue without charging an attempt, e.g. on shutdown. Errors: LeaseLost,
  /// Unavailable.
  virtual Task<Result<>> release(LeaseId id) = 0;
  /// The holder was asked to stop, and no longer runs anything of the job. If the reason was that
  /// the store could not be reached for a whole lease, the job is released once the store is back;
  /// otherwise this does nothing.
  virtual void stopped(LeaseId id) = 0;
  /// Reports a fault of ours. The job is queued again after a back-off; after the third attempt it
  /// is Dead with `final_result` as its result. Returns the job's new state. Errors: LeaseLost,
  /// Unavailable.
  virtual Task<Result<State>> retry(LeaseId id, std::string cause, std::string final_result) = 0;
  /// No worker can ever judge the job: it is Dead at once with `final_result` as its result, and
  /// `cause` is kept. Errors: LeaseLost, Unavailable.
  virtual Task<Result<>> reject(LeaseId id, std::string cause, std::string final_result) = 0;

  /// Appends `part` for the next lease holder; all parts are deleted when the job ends. Opaque, and
  /// as durable on success as a result. May be stored twice if the reply was lost. Errors:
  /// LeaseLost; Full: a job keeps at most kCheckpointBytesMax; Unavailable.
  virtual Task<Result<>> checkpoint(LeaseId id, std::string part) = 0;
  /// Adds an event to an open job's stream; dropped if the lease is lost. Not durable.
  virtual void progress(const LeaseId& id, std::string kind, std::string data) = 0;

  /// Describes this process as a worker; replaces the earlier announcement. An empty one, and one
  /// beyond kAnnouncementBytesMax, is ignored. It ends with the session; not durable.
  virtual void announce(std::string announcement) = 0;
};

}  // namespace evalx::queue
