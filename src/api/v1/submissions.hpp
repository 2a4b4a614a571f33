#pragma once
// Submissions: the handlers that create a submission, return its state or result, and cancel it.

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "api/languages.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "http/message.hpp"
#include "queue/inbox.hpp"
#include "submission/limits.hpp"

namespace evalx::api::v1 {

/// The callback for a client's URL. Errors: EINVAL; the text continues the name of the field: "must
/// not have a user name". Called by any thread.
using CallbackCheck = std::function<Result<queue::CallbackRequest>(std::string_view url)>;

/// One object may serve all threads. Its arguments must outlive it. `wait` is the percent-decoded
/// query value, in seconds; nullopt if the client sent none: no wait.
class Submissions {
 public:
  /// Without a `check` callbacks are off: a submission with one is refused.
  Submissions(queue::Inbox& queue, const LanguageList& languages, submission::LimitBounds bounds,
              CallbackCheck check = {})
      : queue_(queue), languages_(languages), bounds_(bounds), check_(std::move(check)) {}

  /// From now on create() answers 503 and stores nothing. From any thread.
  void close() { closed_ = true; }

  /// POST /v1/submissions: 202, or 200 with the result if the submission is finished within `wait`
  /// seconds.
  Task<http::Response> create(http::Request request, std::optional<std::string> wait);

  /// GET /v1/submissions/{token}: the result as soon as the submission is finished, or its state
  /// after `wait` seconds.
  Task<http::Response> look(std::string token, std::optional<std::string> wait);

  /// DELETE /v1/submissions/{token}: 200 with the result "cancelled"; 409 if the submission is
  /// already finished. `erase` is the query value: with "true" a submission that is not finished is
  /// cancelled, then all its data is deleted, and the answer is 204.
  Task<http::Response> cancel(std::string token, std::optional<std::string> erase);

 private:
  Task<http::Response> erase(std::string token);
  Task<Result<>> end(const std::string& token);
  Task<http::Response> respond(queue::Accepted accepted, Milliseconds patience);

  queue::Inbox& queue_;
  const LanguageList& languages_;
  submission::LimitBounds bounds_;
  const CallbackCheck check_;
  std::atomic<bool> closed_{false};
};

}  // namespace evalx::api::v1
