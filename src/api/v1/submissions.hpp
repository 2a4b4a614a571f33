#pragma once
// Submissions: the handlers that create a submission, return its state or result, and cancel it.

#include <atomic>
#include <optional>
#include <string>

#include "api/languages.hpp"
#include "base/task.hpp"
#include "http/message.hpp"
#include "queue/inbox.hpp"
#include "submission/limits.hpp"

namespace evalx::api::v1 {

/// One object may serve all threads. Its arguments must outlive it. `wait` is the percent-decoded
/// query value, in seconds; nullopt if the client sent none: no wait.
class Submissions {
 public:
  Submissions(queue::Inbox& queue, const LanguageList& languages, submission::LimitBounds bounds)
      : queue_(queue), languages_(languages), bounds_(bounds) {}

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
  std::atomic<bool> closed_{false};
};

}  // namespace evalx::api::v1
