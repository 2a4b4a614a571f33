#pragma once
// Writes one response on a connection: whole, or piece by piece from a stream.

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

/// Returns what is left to do with the connection: Close if it can carry no further response.
/// While a stream waits for its next piece, the peer is watched: bytes it sends go to `input`, and
/// when it closes or resets the stream is cancelled and destroyed.
Task<After> write_response(Socket& socket, InputBuffer& input, Place& place, std::string_view date,
                           Outgoing outgoing);

}  // namespace evalx::http
