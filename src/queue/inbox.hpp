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
};

/// One event of a job's event stream. `seq` is 1 for the job's first event, and grows by one.
struct Event {
  std::uint64_t seq = 0;
  std::string kind;  ///< "queued", "running", "compiled", "test", "restarted", "resumed" or
                     ///< "finished".
  std::string data;  ///< JSON.
};

struct Events {
  std::vector<Event> events;
  bool ended = false;  ///< The job is terminal: no event will follow these.
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

  /// Durable on success; with Redis, as its durability class promises. Errors: Full, also while too
  /// many operations wait for the disk; IdempotencyConflict, also if the token is already in use;
  /// Unavailable.
  virtual Task<Result<Accepted>> accept(NewJob job) = 0;
  /// Several jobs in one durable step: all or none. A client whose batch is refused may send all of
  /// it again, because no part of it was queued. Errors: those of accept().
  virtual Task<Result<std::vector<Accepted>>> accept_all(std::vector<NewJob> jobs) = 0;

  /// Ends a queued job at once with `result`. Ends a leased job with `result` too, and asks its
  /// holder to stop. Errors: NotFound, Finished, Unavailable.
  virtual Task<Result<>> cancel(std::string token, std::string result) = 0;

  // The next four may also fail with an error of the store's own category, e.g. SQLite's.

  /// Errors: NotFound, Unavailable.
  virtual Task<Result<Record>> find(std::string token) = 0;
  /// As find(), without spec and failures: for polling. Errors: NotFound, Unavailable.
  virtual Task<Result<Record>> find_state(std::string token) = 0;

  /// The events after `after_seq`. Waits at most `patience` for the first of them; the answer is
  /// empty if none came. Old events may be missing. With SQLite a job's stream begins again after a
  /// restart, and five minutes after the job's end: with one event that shows its present state;
  /// "finished" then has a seq that is larger than all others. Errors: NotFound, Unavailable.
  virtual Task<Result<Events>> events(std::string token, std::uint64_t after_seq,
                                      Milliseconds patience) = 0;
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
