#pragma once
// Writer: writes one response to a connection, as a whole or in the pieces of a stream.

#include "http/connections.hpp"
#include "http/input_buffer.hpp"
#include "http/message.hpp"
#include "http/reader.hpp"

namespace evalx::http {

enum class Payload { Send, Omit };  ///< Omit: the request was HEAD.
enum class After { KeepAlive, Close };

struct Outgoing {
  Response response;
  Payload payload = Payload::Send;
  Framing framing = Framing::Http11;
  After after = After::KeepAlive;
};

/// Returns Close if the connection cannot be used for another response. While a stream waits for
/// its next piece, this function also reads from the peer: the bytes go to `input`; if the peer
/// closes or resets the connection, the stream is cancelled and destroyed.
Task<After> write_response(Socket& socket, InputBuffer& input, ConnectionEntry& entry,
                           std::string_view date, Outgoing outgoing);

}  // namespace evalx::http
