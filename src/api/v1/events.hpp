#pragma once
// Events: a submission's events as a resumable server-sent event stream (WHATWG HTML, section 9.2).

#include <atomic>
#include <optional>
#include <string>

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

  /// GET /v1/submissions/{token}/events. `last_event_id` is the number of the last event that the
  /// client has; the stream continues after it. 204 if the client has every event of a finished
  /// submission: a browser then stops reconnecting. This object must outlive the stream.
  Task<http::Response> open(std::string token, std::optional<std::string> last_event_id);

 private:
  queue::Inbox& queue_;
  std::atomic<bool> closed_{false};
};

}  // namespace evalx::api::v1
