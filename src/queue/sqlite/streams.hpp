#pragma once
// Streams: the latest events of each job, in bounded memory, and the calls that wait for more.

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "queue/store.hpp"

namespace evalx::queue::sqlite {

/// Belongs to the writer's thread. A stream begins with "queued", seq 1, unless it is restored.
class Streams {
 public:
  struct Bounds {
    Bytes total = mebibytes(64);
    Bytes per_job = mebibytes(1);
    std::chrono::seconds kept_after_end{300};
  };
  using Until = Store::Until;
  /// Larger than the seq of any other event: every client gets the event, whatever its last seq is.
  /// The same after each restart: a client that has the event does not get it again.
  static constexpr std::uint64_t kSeqOfRestoredEnd = 1'000'000'000;
  struct Waiter {
    std::uint64_t id = 0;
    std::uint64_t after_seq = 0;
    Until until = Until::NextEvent;
    std::function<void(Result<Events>)> resume;
  };

  explicit Streams(Bounds bounds) : bounds_(bounds) {}

  [[nodiscard]] bool knows(const std::string& token) const { return streams_.contains(token); }
  /// Whether the job has run since its stream began here.
  [[nodiscard]] bool has_run(const std::string& token) const;
  /// Begins the stream of a job that is not in memory, with its present state. "queued" has seq 1,
  /// "running" seq 2, and "finished" kSeqOfRestoredEnd.
  void restore(const std::string& token, std::string kind, std::string data, Clock::Instant now);

  void append(const std::string& token, std::string kind, std::string data, Clock::Instant now);
  /// Appends "finished": the last event.
  void finish(const std::string& token, std::string data, Clock::Instant now);
  /// A job that had ended is queued again: earlier events are dropped, and "queued" follows.
  void reopen(const std::string& token, Clock::Instant now);

  /// Resumes the waiter at once if the stream has news for it; otherwise keeps it. The job must be
  /// known: see knows().
  void follow(const std::string& token, Waiter waiter);
  /// Removes a waiter: its patience is over, or its caller is gone.
  std::optional<Waiter> leave(const std::string& token, std::uint64_t id);
  std::vector<Waiter> leave_all();

  /// Deletes streams that ended more than Bounds::kept_after_end ago and have no waiters.
  void forget(Clock::Instant now);
  [[nodiscard]] Bytes size() const { return total_; }
  [[nodiscard]] std::size_t waiters() const { return waiters_; }

 private:
  struct Stream {
    std::deque<Event> events;
    std::uint64_t last_seq = 0;
    bool has_run = false;
    bool ended = false;
    Bytes size;
    Clock::Instant touched;
    std::vector<Waiter> waiters;
    std::list<std::string>::iterator age;
  };
  using Position = std::unordered_map<std::string, Stream>::iterator;

  Position make(const std::string& token, Clock::Instant now);
  void push(Stream& stream, std::string kind, std::string data, Clock::Instant now);
  void pop(Stream& stream);
  void wake(Stream& stream);
  void trim(Stream& latest);
  void erase(Position position);
  static bool concerns(const Stream& stream, const Waiter& waiter);
  /// A waiter for the end gets no events.
  static Events news(const Stream& stream, const Waiter& waiter);

  Bounds bounds_;
  std::unordered_map<std::string, Stream> streams_;
  std::list<std::string> by_age_;  ///< Least recently touched first.
  Bytes total_;
  std::size_t waiters_ = 0;
};

}  // namespace evalx::queue::sqlite
