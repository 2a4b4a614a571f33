#pragma once
// Reads one request off a connection, or says why it will not.

#include <optional>

#include "http/connections.hpp"
#include "http/input_buffer.hpp"
#include "http/message.hpp"

namespace evalx::http {

enum class Framing { Http10, Http11 };

struct Incoming {
  enum class Kind {
    Whole,    ///< `request` is complete.
    Refused,  ///< `refusal` is owed; nothing after it on this connection can be trusted.
    Gone,     ///< The peer left, or was too late.
  };
  Kind kind = Kind::Gone;
  Framing framing = Framing::Http11;
  bool keep_alive = false;
  Request request;
  Response refusal;
};

/// Bytes beyond the request stay in `input`. Answers `Expect: 100-continue` on the way.
Task<Incoming> read_request(Socket& socket, InputBuffer& input, Place& place);

}  // namespace evalx::http
