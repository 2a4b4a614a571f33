#pragma once
// Handler: the interface by which a session passes requests to the rest of the program.

#include <optional>

#include "http/message.hpp"

namespace evalx::http {

/// Answers requests, always on the connection's thread. Several handle() coroutines may run at the
/// same time. A bad request is answered by a 4xx Response, not by an exception; an exception that
/// leaves handle() is logged and answered with 500.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual Task<Response> handle(Request request) = 0;

  /// Called with each request before its body is read. Returns the answer if the request is refused
  /// or needs no more than that; otherwise it may set `client` and `is_stranger`, and handle()
  /// follows. Must not throw.
  virtual std::optional<Response> admit(Request& head) {
    static_cast<void>(head);
    return std::nullopt;
  }

  /// Called after the session itself has answered: to a request that it or admit() refused, or
  /// after a handler threw.
  virtual void refused(unsigned status) { static_cast<void>(status); }
};

}  // namespace evalx::http
