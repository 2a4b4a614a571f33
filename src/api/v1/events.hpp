#pragma once
// A submission's events as a server-sent event stream (WHATWG HTML, section 9.2), resumable.

#include <atomic>
#include <optional>
#include <string>

#include "base/task.hpp"
#include "http/message.hpp"
#include "queue/inbox.hpp"

namespace evalx::api::v1 {

/// A comment is sent this often while nothing happens, so that proxies keep the connection.
inline constexpr Milliseconds kHeartbeat{15'000};

class Events {
 public:
  explicit Events(queue::Inbox& queue) : queue_(queue) {}

  /// From here on a stream ends once its client has what there is, and tells it to reconnect. One
  /// that waits does so when its wait ends: Inbox::end_waits(). From any thread.
  void close() { closed_ = true; }

  /// GET /v1/submissions/{token}/events. `last_event_id`: the number of the last event the client
  /// has; the stream goes on after it. 204, which tells a browser to stop reconnecting, if the
  /// client has seen all there is to see. This must outlive the stream.
  Task<http::Response> open(std::string token, std::optional<std::string> last_event_id);

 private:
  queue::Inbox& queue_;
  std::atomic<bool> closed_{false};
};

}  // namespace evalx::api::v1
