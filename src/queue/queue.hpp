#pragma once
// Queue: the contract of every backend. At-least-once execution, exactly-once publication.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "queue/checkpoint.hpp"
#include "queue/failure.hpp"
#include "queue/fleet.hpp"
#include "queue/listing.hpp"
#include "queue/state.hpp"

namespace evalx::queue {

struct Idempotency {
  std::string key;
  std::string body_digest;
};

struct NewJob {
  std::string token;                       ///< submission::new_token().
  std::string spec;                        ///< Opaque to the queue: the submission's JSON.
  std::optional<Idempotency> idempotency;  ///< Remembered for 24 hours.
  /// If it waits so long after its acceptance, on the store's clock, it ends as Expired and is
  /// never begun; also if it waits again after a fault. nullopt: it waits for ever.
  std::optional<Milliseconds> expires_after = std::nullopt;
};

struct Accepted {
  std::string token;  ///< Of the earlier job if the idempotency key was known.
  bool replayed = false;
};

struct Record {
  std::string token;
  State state = State::Queued;
  unsigned attempt = 0;  ///< Times it was leased, releases not counted.
  unsigned deaths = 0;   ///< Times its worker died while it ran.
  std::string spec;
  std::string result;  ///< Set when terminal: the report's JSON (for Dead: with the cause).
  std::chrono::system_clock::time_point accepted_at;
  std::optional<std::chrono::system_clock::time_point> ended_at;  ///< If terminal, and known.
  std::vector<Failure> failures;  ///< The last kFailuresKept, in order.
};

/// Names one execution: only its holder may publish.
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
  std::vector<std::string> checkpoint{};  ///< What earlier attempts saved, in order.
  bool is_told = false;  ///< Its event stream goes on behind what earlier attempts told.
};

/// One thing that happened to a job, for event streams. `seq` grows by one per job, from 1.
struct Event {
  std::uint64_t seq = 0;
  std::string kind;  ///< "queued", "running", "compiled", "test", "restarted", "resumed" or
                     ///< "finished".
  std::string data;  ///< JSON.
};

struct Depth {
  std::size_t queued = 0;
  std::size_t leased = 0;
  std::size_t capacity = 0;
  std::chrono::seconds oldest_queued{};
};

/// Counters since start, for metrics.
struct Totals {
  std::uint64_t accepted = 0, done = 0, cancelled = 0, dead = 0, retried = 0, lease_lost = 0,
                recovered = 0;
  /// Accepted, and gone from a store that several processes share; each counts what it knew of.
  std::uint64_t vanished = 0;
  std::uint64_t expired = 0;
};

/// All functions may be called from any thread's event loop and resume on the caller's. None
/// throws. The queue must outlive every call to it.
class Queue {
 public:
  virtual ~Queue() = default;

  /// Durable on success (P1). Errors: Full, IdempotencyConflict, Unavailable.
  virtual Task<Result<Accepted>> accept(NewJob job) = 0;
  /// Several jobs in one durable step; all or none.
  virtual Task<Result<std::vector<Accepted>>> accept_all(std::vector<NewJob> jobs) = 0;

  /// The oldest job that is due; waits at most `patience` for one, then nullopt. The queue renews
  /// the lease by itself while the worker's session lives.
  virtual Task<Result<std::optional<Leased>>> lease(Milliseconds patience) = 0;

  /// Publishes: compare-and-set on the lease; the first wins and never changes. Durable on
  /// success. Errors: LeaseLost, Unavailable.
  virtual Task<Result<>> complete(LeaseId id, std::string result) = 0;
  /// Gives the job back uncharged, e.g. on shutdown. Errors: LeaseLost.
  virtual Task<Result<>> release(LeaseId id) = 0;
  /// The holder, which was asked to stop, has nothing of the job running any more. If that was
  /// because the store could not be reached for a whole lease, the job goes back uncharged once it
  /// can be; else nothing comes of it.
  virtual void stopped(LeaseId id) = 0;
  /// A fault of ours: queued again after a back-off; after the third attempt, Dead with
  /// `final_result` as its result. Returns the state it came to. Errors: LeaseLost.
  virtual Task<Result<State>> retry(LeaseId id, std::string cause, std::string final_result) = 0;

  /// It can never be judged, by no worker: Dead at once with `final_result` as its result; `cause`
  /// is kept. Errors: LeaseLost, Unavailable.
  virtual Task<Result<>> reject(LeaseId id, std::string cause, std::string final_result) = 0;

  /// Keeps `part` behind the earlier ones, for who leases the job next, until it ends. Opaque, and
  /// as durable on success as a result. One whose answer was lost may be there twice. Errors:
  /// LeaseLost; Full: no more than kCheckpointBytesMax is kept; Unavailable.
  virtual Task<Result<>> checkpoint(LeaseId id, std::string part) = 0;

  /// Ends a queued job at once with `result`; asks the holder of a leased one to stop, and ends it
  /// with `result` too. Errors: NotFound, Finished.
  virtual Task<Result<>> cancel(std::string token, std::string result) = 0;

  /// Errors: NotFound.
  virtual Task<Result<Record>> find(std::string token) = 0;
  /// As find, but spec and failures are left out: for polling. Errors: NotFound.
  virtual Task<Result<Record>> find_state(std::string token) = 0;

  /// For an operator. Errors: invalid_argument, which names the field; Unavailable.
  virtual Task<Result<Listing>> list(ListFilter filter) = 0;
  /// Queues a dead job again, with all its attempts; one that lost workers stays in quarantine, and
  /// its next death is its last. Its failures stay known, its result is forgotten, and its event
  /// stream goes on with "queued". It was accepted once: no capacity holds it back. Errors:
  /// NotFound, also if it is not dead.
  virtual Task<Result<>> redrive(std::string token) = 0;

  /// Adds an event to an open job's stream; dropped if the lease is lost. Not durable.
  virtual void progress(const LeaseId& id, std::string kind, std::string data) = 0;
  /// The events after `after_seq`; waits at most `patience` for the first. Empty: none came, and
  /// `ended` says whether none will. After a restart a job's stream may start anew with one event
  /// that holds its present state. Errors: NotFound.
  struct Events {
    std::vector<Event> events;
    bool ended = false;
  };
  virtual Task<Result<Events>> events(std::string token, std::uint64_t after_seq,
                                      Milliseconds patience) = 0;
  /// Waits until the job is terminal or `patience` is over; true if it is. Errors: NotFound.
  virtual Task<Result<bool>> wait_until_finished(std::string token, Milliseconds patience) = 0;
  /// From here on no patience for events() or wait_until_finished() lasts, nor does one under way:
  /// their callers get at once what they would get when it is over. From any thread.
  virtual void end_waits() = 0;

  /// What this process tells of itself while it is a worker, in place of what it told before. What
  /// is empty or beyond kAnnouncementBytesMax is dropped. It ends with the session; not durable.
  virtual void announce(std::string announcement) = 0;
  /// Those that are there. A process is one from its first lease() to its end; who was killed is
  /// one until its session has ended. Errors: Unavailable.
  virtual Task<Result<Fleet>> workers() = 0;

  [[nodiscard]] virtual Depth depth() const = 0;
  [[nodiscard]] virtual Totals totals() const = 0;
  /// False while the store refuses writes.
  [[nodiscard]] virtual bool healthy() const = 0;
};

}  // namespace evalx::queue
