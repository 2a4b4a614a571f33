#pragma once
// Handler: what stands between a session and the rest of the program.

#include "http/message.hpp"

namespace evalx::http {

/// Answers requests, always on its connection's thread; many may be under way at once, each
/// suspended somewhere. A bad request is a 4xx Response, never an exception; one that escapes all
/// the same is logged and answered with 500.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual Task<Response> handle(Request request) = 0;

  /// The session has answered by itself: a request it could not take, or a handler that threw.
  virtual void refused(unsigned status) { static_cast<void>(status); }
};

}  // namespace evalx::http
