#pragma once
// Worker: leases jobs, judges them, publishes each result once.

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "judge/progress.hpp"
#include "queue/work.hpp"
#include "submission/limits.hpp"
#include "submission/report.hpp"
#include "submission/submission.hpp"
#include "worker/checkpointer.hpp"
#include "worker/fitness.hpp"
#include "worker/publisher.hpp"

namespace evalx::worker {

/// Upper bound for Settings::jobs_in_flight.
inline constexpr std::size_t kMaxJobsInFlight = 1024;
/// Maximum number of coroutines that wait for a job at one time. A queue that grants jobs in groups
/// serves them together.
inline constexpr std::size_t kMaxLeasing = 32;

struct Settings {
  /// Jobs held at one time, from 1 to kMaxJobsInFlight; other values are clamped. A good value is
  /// twice the permits of the judge's reservoir.
  std::size_t jobs_in_flight = 2;
  /// How long one lease() waits. A drain may take this long even if no job runs.
  Milliseconds lease_patience{1'000};
  Milliseconds pause{1'000};       ///< Before another try when the queue is unavailable.
  submission::LimitBounds bounds;  ///< Bounds of a job's limits; the same as the API's.
  CheckpointRules checkpoints;
  FitnessRules fitness;
  SelfTest self_test;  ///< Empty: the worker leases jobs, however many of them fail.
  /// Why the worker takes no jobs, when that begins; empty when it ends.
  std::function<void(std::string reason)> on_fitness_changed = [](const std::string&) {};
};

/// judge::Judge::judge, or a test's substitute.
using JudgeFunction = std::function<Task<Result<submission::Report>>(
    submission::Submission, judge::Progress&, std::stop_token)>;

/// Lives on one event loop: all its functions are called on its thread, and it calls `judge` and
/// `on_published` there. The queue must outlive the loop's run.
class Worker {
 public:
  Worker(const Executor& executor, queue::Work& queue, JudgeFunction judge, Settings settings,
         OnPublished on_published = {});
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Starts leasing. Call once.
  void start();
  /// Leases no more jobs and returns when the last one has ended. Jobs that are still running after
  /// `grace` are killed and returned to the queue, without charging an attempt. Call once, after
  /// start().
  Task<> drain(Milliseconds grace);
  /// Ends the grace of drain() at once, also of one that is called later.
  void hurry();

  /// Jobs leased since the start.
  [[nodiscard]] std::uint64_t attempts() const;
  [[nodiscard]] const Fitness& fitness() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace evalx::worker
