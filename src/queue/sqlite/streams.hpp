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

/// Belongs to the writer's thread. A life of a stream begins with "queued", seq 1; that of a job
/// whose earlier events are lost begins with "running" and is not whole.
class Streams {
 public:
  struct Bounds {
    Bytes total = mebibytes(64);
    Bytes per_job = mebibytes(8);  ///< Enough for two attempts with 10,000 tests each.
    std::chrono::seconds kept_after_end{300};
  };
  using Until = Store::Until;
  /// A longer answer is cut: the caller asks for the rest.
  static constexpr std::size_t kEventsAtOnce = 1024;
  struct Waiter {
    std::uint64_t id = 0;
    Place after;
    Until until = Until::NextEvent;
    std::function<void(Result<Events>)> resume;
  };

  explicit Streams(Bounds bounds);

  [[nodiscard]] bool knows(const std::string& token) const { return streams_.contains(token); }
  /// Whether the stream is whole and shows an earlier attempt of the job.
  [[nodiscard]] bool shows_a_run(const std::string& token) const;
  /// Begins the stream of a queued job that is not in memory. `since`: when the job was queued. Its
  /// life is the same each time, until the job runs.
  void restore_queued(const std::string& token, Clock::Instant since, Clock::Instant now);
  /// Begins the stream of a leased job that is not in memory.
  void restore_running(const std::string& token, unsigned attempt, Clock::Instant now);

  /// The job is leased, for the attempt `attempt`; `since` as in restore_queued(). A stream that is
  /// not whole begins a new life.
  void begin_run(const std::string& token, Clock::Instant since, unsigned attempt,
                 Clock::Instant now);
  /// Adds an event of a running job. The job must be known.
  void append(const std::string& token, std::string kind, std::string data, Clock::Instant now);
  /// An event of the job may be lost.
  void note_gap(const std::string& token);
  /// Appends "finished", the last event, if the job is known.
  void finish(const std::string& token, std::string data, Clock::Instant now);
  /// A job that had ended is queued again: a new life begins.
  void reopen(const std::string& token, Clock::Instant now);

  /// Resumes the waiter at once if the stream has news for it; otherwise keeps it. The job must be
  /// known: see knows().
  void follow(const std::string& token, Waiter waiter);
  /// Removes a waiter: its patience is over, or its caller is gone.
  std::optional<Waiter> leave(const std::string& token, std::uint64_t id);
  std::vector<Waiter> leave_all();

  /// Deletes the stream of a job that is deleted; its waiters learn nothing more.
  void drop(const std::string& token);
  /// Deletes streams that ended more than Bounds::kept_after_end ago and have no waiters.
  void forget(Clock::Instant now);
  [[nodiscard]] Bytes size() const { return total_; }
  [[nodiscard]] std::size_t waiters() const { return waiters_; }

 private:
  struct Stream {
    std::string life;
    std::deque<Event> events;
    std::uint64_t last_seq = 0;
    bool is_whole = true;
    bool has_run = false;
    bool ended = false;
    Bytes size;
    Clock::Instant touched;
    std::vector<Waiter> waiters;
    std::list<std::string>::iterator age;
  };
  using Position = std::unordered_map<std::string, Stream>::iterator;

  Position make(const std::string& token, Clock::Instant now);
  [[nodiscard]] std::string new_life();
  void begin_life(Stream& stream);
  void push(Stream& stream, std::string kind, std::string data, Clock::Instant now);
  void pop(Stream& stream);
  void wake(Stream& stream);
  void trim(Stream& latest);
  void erase(Position position);
  static bool continues(const Stream& stream, const Place& after);
  static bool concerns(const Stream& stream, const Waiter& waiter);
  /// A waiter for the end gets no events.
  static Events news(const Stream& stream, const Waiter& waiter);

  Bounds bounds_;
  const std::string name_;  ///< Random: begins each life.
  std::uint64_t lives_ = 0;
  std::unordered_map<std::string, Stream> streams_;
  std::list<std::string> by_age_;  ///< Least recently touched first.
  Bytes total_;
  std::size_t waiters_ = 0;
};

}  // namespace evalx::queue::sqlite
