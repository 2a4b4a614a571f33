#include "api/answers.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "queue/callback.hpp"
#include "queue/state.hpp"

namespace evalx::api {
namespace {

/// Seconds until the queue probably has room: the time that the oldest one has waited, bounded.
unsigned retry_after(std::chrono::seconds waited) {
  constexpr long kLeastSeconds = 1;
  constexpr long kMostSeconds = 60;
  const long seconds = static_cast<long>(waited.count());
  return static_cast<unsigned>(std::clamp(seconds, kLeastSeconds, kMostSeconds));
}

http::Response full(const Error& error, const queue::Figures& figures) {
  if (error.what.ends_with(queue::kTooManyCallbacks)) {
    return http::problem_retry_after(
        kQueueFull,
        "Too many callbacks wait for their receivers; nothing was stored. Submissions without "
        "callback_url may still be accepted.",
        retry_after(figures.oldest_callback()));
  }
  return http::problem_retry_after(kQueueFull,
                                   "Too many submissions are waiting; nothing was stored.",
                                   retry_after(figures.oldest_queued()));
}

}  // namespace

http::Response json_response(std::string json) {
  http::Response response;
  response.headers.push_back({"Content-Type", "application/json"});
  response.body = std::move(json.append("\n"));
  return response;
}

http::Response queue_problem(const Error& error, const queue::Figures& figures) {
  if (error.code == queue::Errc::NotFound) return unknown_submission();
  if (error.code == queue::Errc::Evicted) {
    return http::problem(
        kResultEvicted,
        "The result was deleted early, because the results of this server took more "
        "space than result_capacity_mb allows; submit it again.");
  }
  if (error.code == queue::Errc::Finished) {
    return http::problem(kAlreadyFinished, "The submission is already finished.");
  }
  if (error.code == queue::Errc::IdempotencyConflict) {
    return http::problem(kKeyInUse, "This key was used before with another body.",
                         "Idempotency-Key");
  }
  if (error.code == queue::Errc::Full) return full(error, figures);
  constexpr unsigned kRetryAfterErrorSeconds = 5;
  log::error("the queue failed a request", {{"error", error.code.message()}, {"what", error.what}});
  if (error.code == queue::Errc::OutcomeUnknown) {
    return http::problem_retry_after(kOutcomeUnknown,
                                     "The submission may have been stored; only with the same "
                                     "Idempotency-Key can it be sent again "
                                     "without being judged twice.",
                                     kRetryAfterErrorSeconds);
  }
  return http::problem_retry_after(
      kQueueUnavailable, "The queue is unavailable at the moment: " + error.code.message() + ".",
      kRetryAfterErrorSeconds);
}

http::Response unknown_submission() {
  return http::problem(kUnknownSubmission, "No submission has this token.");
}

}  // namespace evalx::api
