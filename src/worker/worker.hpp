#pragma once
// Worker: leases jobs, judges them, publishes each result once.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "judge/progress.hpp"
#include "queue/work.hpp"
#include "submission/limits.hpp"
#include "submission/report.hpp"
#include "submission/submission.hpp"
#include "worker/checkpointer.hpp"

namespace evalx::worker {

/// More jobs than this are never held at a time, whatever the settings say.
inline constexpr std::size_t kMaxJobsInFlight = 1024;
/// Coroutines that wait for a job at a time; a queue that groups its grants serves them together.
inline constexpr std::size_t kMaxLeasing = 32;
/// A result the queue does not take is offered this often, a pause apart: five minutes by default.
inline constexpr unsigned kMaxOffers = 300;

struct Settings {
  std::size_t jobs_in_flight = 2;  ///< Sensible: twice the reservoir's permits.
  Milliseconds lease_patience{
      1'000};                      ///< How long one lease() waits; also how late drain() may be.
  Milliseconds pause{1'000};       ///< After the queue could not be reached.
  submission::LimitBounds bounds;  ///< What a job may ask for at most; the API's own.
  CheckpointRules checkpoints;
};

/// judge::Judge::judge, or what a test puts in its place.
using JudgeFunction = std::function<Task<Result<submission::Report>>(
    submission::Submission, judge::Progress&, std::stop_token)>;

/// A job that has its final result, durably.
struct Published {
  const std::string& token;
  const std::string& language;  ///< Empty if the spec could not be read.
  const std::optional<std::string>& callback_url;
  const submission::Report& report;
  queue::State state;  ///< Done, or Dead: rejected, or after too many faults of ours.
};

/// Called on the worker's thread; any may be empty.
struct Hooks {
  std::function<void(const Published&)> published;
};

/// Lives on one event loop, and so does what it is given, which must outlive the loop's run.
class Worker {
 public:
  Worker(const Executor& executor, queue::Work& queue, JudgeFunction judge, Settings settings,
         Hooks hooks = {});
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Starts leasing. Call once.
  void start();
  /// Takes no more jobs and returns when the last is done. What is not done after `grace` is killed
  /// and given back to the queue uncharged. Call once, after start().
  Task<> drain(Milliseconds grace);
  /// Ends the grace of a drain() that is under way, or that is still to come.
  void hurry();

  struct Counters {
    std::size_t in_flight = 0;
    std::uint64_t leased = 0;
    std::uint64_t completed = 0;  ///< Published as Done.
    std::uint64_t retried = 0;    ///< Given back for a fault of ours, or Dead for it.
    std::uint64_t released = 0;   ///< Given back uncharged.
    std::uint64_t discarded = 0;  ///< Cancelled, or the lease was lost: the work came to nothing.
    std::uint64_t rejected = 0;   ///< Dead at once: a spec that cannot be read or judged.
  };
  [[nodiscard]] Counters counters() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace evalx::worker
