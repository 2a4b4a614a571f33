#pragma once
// Submissions over HTTP: create, look, cancel.

#include <atomic>
#include <optional>
#include <string>

#include "api/languages.hpp"
#include "base/task.hpp"
#include "http/message.hpp"
#include "queue/inbox.hpp"
#include "submission/limits.hpp"

namespace evalx::api::v1 {

/// One may serve all threads. What it is given must outlive it.
/// Query values come percent-decoded; nullopt where the client gave none.
class Submissions {
 public:
  Submissions(queue::Inbox& queue, const LanguageList& languages, submission::LimitBounds bounds)
      : queue_(queue), languages_(languages), bounds_(bounds) {}

  /// From here on create() takes nothing: 503. From any thread.
  void close() { closed_ = true; }

  /// POST /v1/submissions: 202, or 200 with the result if it came within `wait` seconds.
  Task<http::Response> create(http::Request request, std::optional<std::string> wait);

  /// GET /v1/submissions/{token}: the result, or the state after at most `wait` seconds.
  Task<http::Response> look(std::string token, std::optional<std::string> wait);

  /// DELETE /v1/submissions/{token}.
  Task<http::Response> cancel(std::string token);

 private:
  queue::Inbox& queue_;
  const LanguageList& languages_;
  submission::LimitBounds bounds_;
  std::atomic<bool> closed_{false};
};

}  // namespace evalx::api::v1
