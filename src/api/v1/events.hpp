#pragma once
// Events: the handler that streams a submission's events, from any place that a client names.

#include <atomic>
#include <optional>
#include <string>

#include "api/v1/event_text.hpp"
#include "base/task.hpp"
#include "http/message.hpp"
#include "queue/inbox.hpp"

namespace evalx::api::v1 {

/// After this time without an event a comment is sent, so that proxies keep the connection open.
inline constexpr Milliseconds kHeartbeat{15'000};

class Events {
 public:
  explicit Events(queue::Inbox& queue) : queue_(queue) {}

  /// From now on each stream ends after the events that exist, and asks its client to reconnect.
  /// Does not end the wait of a stream that has no events: call Inbox::end_waits() as well. From
  /// any thread.
  void close() { closed_ = true; }

  /// GET /v1/submissions/{token}/events. `last_event_id` is the id of the last event that the client
  /// has. The stream continues after it; or it begins with "reset" and then shows the submission
  /// from its beginning, or its present state. 204 if that event is "finished": a browser then stops
  /// reconnecting. This object must outlive the stream.
  Task<http::Response> open(std::string token, std::optional<std::string> last_event_id);

 private:
  Task<Result<std::optional<http::Response>>> continue_result(std::string token, EventId last);

  queue::Inbox& queue_;
  std::atomic<bool> closed_{false};
};

}  // namespace evalx::api::v1
