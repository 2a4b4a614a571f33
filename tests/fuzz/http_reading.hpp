#pragma once
// HttpReading: a second, simple reading of one HTTP/1.1 request (RFC 9112), to compare the reader
// of src/http with.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace evalx::fuzz {

struct HttpReading {
  std::string_view method;
  std::string_view target;
  std::size_t fields = 0;
  std::size_t head_bytes = 0;  ///< Request line and fields, with the empty line after them.
  std::size_t bytes = 0;       ///< The whole request.
  std::string body;
};

/// Reads the request at the start of `bytes`, of which the reader has accepted one. nullopt if the
/// bytes are no complete request by the plainest rules: CRLF ends a line, a body has one
/// Content-Length or is chunked.
std::optional<HttpReading> read_http(std::string_view bytes);

}  // namespace evalx::fuzz
