#pragma once
// Publisher: hands the outcome of a job to the queue, and repeats this while the queue is
// unavailable.

#include <functional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "queue/work.hpp"
#include "submission/report.hpp"
#include "worker/job.hpp"

namespace evalx::worker {

/// Maximum number of offers of an outcome that the queue refuses for a passing reason. There is a
/// pause after each: about five minutes together, with the worker's default.
inline constexpr unsigned kMaxOffers = 300;

/// A job whose final result is stored durably.
struct Published {
  const std::string& token;
  const std::string& language;  ///< Empty if the stored submission could not be read.
  const submission::Report& report;
};

/// Called on the worker's thread.
using OnPublished = std::function<void(const Published&)>;

/// Lives on one event loop. A job must outlive the call that it is given to. Each call ends when
/// the queue has the outcome, or when the outcome is lost: the lease was lost, the queue was
/// unavailable until Job::stop was requested, or for all offers. A lost outcome is a line in the
/// log.
class Publisher {
 public:
  /// `pause` is the time between two offers. `queue` must outlive every call.
  Publisher(const Executor& executor, queue::Work& queue, Milliseconds pause,
            OnPublished on_published);

  /// The job was judged to its end. Fills in the report's attempt and queue time.
  Task<> complete(Job& job, submission::Report report);
  /// A fault of evalX: the queue retries the job, or ends it after its last attempt.
  Task<> retry(Job& job, Error fault);
  /// No worker can ever judge the job: the queue ends it at once.
  Task<> reject(Job& job, std::string cause);
  /// Returns the job to the queue without charging an attempt. Tries once. If the queue is
  /// unavailable, it queues the job again when the worker's session ends.
  Task<> release(Job& job);

 private:
  enum class Outcome { Complete, Retry, Reject };
  static std::string_view to_string(Outcome outcome);

  Task<> publish(Job& job, Outcome outcome, submission::Report report);
  /// Returns the job's new state.
  Task<Result<queue::State>> offer(const Job& job, Outcome outcome, std::string cause,
                                   std::string result);
  Task<bool> may_offer_again(Job& job, Outcome outcome, const Error& error, unsigned offers);

  Executor executor_;
  queue::Work& queue_;
  Milliseconds pause_;
  OnPublished on_published_;
};

}  // namespace evalx::worker
