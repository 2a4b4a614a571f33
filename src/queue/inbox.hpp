#pragma once
// Inbox: the part of a queue that serves clients: submit jobs, look at them, wait for their ends.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "queue/callback.hpp"
#include "queue/failure.hpp"
#include "queue/figures.hpp"
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
  /// A job that is queued this long after its acceptance, on the store's clock, ends as Expired
  /// instead of being leased. This also holds for a job that is queued again, e.g. after a fault. A
  /// leased job does not expire. nullopt: no limit.
  std::optional<Milliseconds> expires_after = std::nullopt;
  /// Sent when the job ends, by any of its ends: see Callbacks.
  std::optional<CallbackRequest> callback = std::nullopt;
};

struct Accepted {
  std::string token;      ///< The earlier job's token if the idempotency key was known.
  bool replayed = false;  ///< The key was known: no job was added.
};

struct Record {
  std::string token;
  State state = State::Queued;
  unsigned attempt = 0;  ///< Number of leases without the released ones; see Operations::redrive().
  unsigned deaths = 0;   ///< Number of attempts whose worker died.
  std::string spec;
  std::string result;  ///< Set when terminal: the report's JSON (for Dead: with the cause).
  std::chrono::system_clock::time_point accepted_at;
  std::optional<std::chrono::system_clock::time_point> ended_at;  ///< If terminal, and known.
  std::vector<Failure> failures;  ///< The last kFailuresKept, oldest first.
  /// That was stored with the result; empty if an earlier release stored it. A result that has
  /// another digest is damaged: find() then returns a Dead job with the cause.
  std::string result_digest;
  /// The same for the spec; only if that is here. A damaged spec changes nothing but `damage`.
  std::string spec_digest{};
  /// The damaged part: "result", "job" (its fields contradict each other) or "submission".
  std::optional<std::string> damage{};
};

/// One event of a job's event stream. `seq` grows by one within a life of the stream.
struct Event {
  std::uint64_t seq = 0;
  std::string kind;  ///< "queued", "running", "compiled", "test", "restarted", "resumed" or
                     ///< "finished".
  std::string data;  ///< JSON.
};

/// A place in an event stream: after the event `seq` of one life of the stream. A life is a
/// sequence of events that only grows. A stream gets a new life when its store has lost a part of
/// it.
struct Place {
  std::string
      life;  ///< Opaque: at most 64 letters, digits and points. Empty: no event was received.
  std::uint64_t seq = 0;

  friend bool operator==(const Place&, const Place&) = default;
};

struct Events {
  std::string life;           ///< That of these events. Empty if the store has none.
  std::vector<Event> events;  ///< In order; a part of them if there are many.
  /// They are the next ones after the caller's place. Otherwise the caller has nothing any more:
  /// these events show the job from its beginning, or its present state.
  bool continues = true;
  bool ended = false;  ///< The job is terminal: no event will follow these.
  /// If `ended`: this life has all events since the beginning of the job, or those that replace
  /// them. Otherwise some are missing: only the job's result is complete.
  bool is_whole = false;
};

/// Functions may be called from any thread's event loop and resume on the caller's. None throws. No
/// call may begin once the queue's destructor runs; calls that still wait then are answered
/// Unavailable. After Unavailable a change may have been made or not: its reply may be lost.
///
/// A `patience` above 24 hours counts as 24 hours. While a shared store is out of reach, a call
/// with patience uses it up and is then answered as if nothing had happened.
class Inbox {
 public:
  virtual ~Inbox() = default;

  /// Durable on success; with Redis, as its durability class promises. A key whose job was deleted,
  /// also by an eviction, is new. Errors: Full, also while too many operations wait for the disk
  /// or, for a job with a callback, too many callbacks to be sent; IdempotencyConflict, also if the
  /// token is already in use; Unavailable. After any of these nothing is stored. After
  /// OutcomeUnknown the job may be stored: accept it again with the same key.
  virtual Task<Result<Accepted>> accept(NewJob job) = 0;
  /// Several jobs in one durable step: all or none. A client whose batch is refused may send all of
  /// it again, because no part of it was queued. Errors: those of accept().
  virtual Task<Result<std::vector<Accepted>>> accept_all(std::vector<NewJob> jobs) = 0;

  /// Ends a queued job at once with `result`. Ends a leased job with `result` too, and asks its
  /// holder to stop. Errors: NotFound, Evicted, Finished, Unavailable.
  virtual Task<Result<>> cancel(std::string token, std::string result) = 0;

  /// Deletes a finished job with its spec, result, failures, events and callback, before its
  /// retention ends: a callback that waits is not sent. An evicted job has left nothing but its
  /// token, which is then forgotten as well. Errors: NotFound, also if it is not finished;
  /// Unavailable.
  virtual Task<Result<>> erase(std::string token) = 0;
  /// Takes a job's callback away, in any state: it is not sent any more, unless an attempt is under
  /// way. Errors: NotFound, also if the job has none; Unavailable.
  virtual Task<Result<>> withdraw_callback(std::string token) = 0;

  // The next four may also fail with an error of the store's own category, e.g. SQLite's, or with
  // Evicted.

  /// Errors: NotFound, Unavailable.
  virtual Task<Result<Record>> find(std::string token) = 0;
  /// As find(), without spec and failures: for polling. Errors: NotFound, Unavailable.
  virtual Task<Result<Record>> find_state(std::string token) = 0;

  /// The events after `after`. Waits at most `patience` for the first of them; the answer is empty
  /// if none came. Five minutes after the job's end its events are deleted, and the answer is empty
  /// and ended. Errors: NotFound, Unavailable.
  virtual Task<Result<Events>> events(std::string token, Place after, Milliseconds patience) = 0;
  /// Waits until the job is terminal or `patience` is over; true if it is terminal. Errors:
  /// NotFound, Unavailable.
  virtual Task<Result<bool>> wait_until_finished(std::string token, Milliseconds patience) = 0;
  /// Ends all waiting in events() and wait_until_finished(). Calls that wait are answered as if
  /// their patience were over, and later calls do not wait. Returns at once. From any thread.
  virtual void end_waits() = 0;

  /// From any thread; valid as long as the queue.
  [[nodiscard]] virtual const Figures& figures() const = 0;
};

}  // namespace evalx::queue
