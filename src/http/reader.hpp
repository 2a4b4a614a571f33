#pragma once
// Reader: reads one request from a connection, or makes the response that refuses it.

#include <optional>

#include "http/connections.hpp"
#include "http/handler.hpp"
#include "http/input_buffer.hpp"
#include "http/message.hpp"

namespace evalx::http {

enum class Framing { Http10, Http11 };

struct Incoming {
  enum class Kind {
    Whole,    ///< `request` is complete.
    Refused,  ///< Send `refusal`. Without `keep_alive` the end of this request is unknown.
    Gone,     ///< The peer closed the connection, or was too late.
  };
  Kind kind = Kind::Gone;
  Framing framing = Framing::Http11;
  bool keep_alive = false;
  Request request;  ///< If refused by the handler: its method alone.
  Response refusal;
};

/// Bytes after the request stay in `input`. Asks `handler` to admit the request before its body is
/// read. Answers `Expect: 100-continue`.
Task<Incoming> read_request(Socket& socket, InputBuffer& input, ConnectionEntry& entry,
                            Handler& handler);

}  // namespace evalx::http
