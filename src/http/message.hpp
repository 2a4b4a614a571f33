#pragma once
// Request and Response as plain values, so that handlers and their tests need no HTTP library.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.hpp"

namespace evalx::http {

struct Header {
  std::string name;
  std::string value;
};

/// Compares names of header fields; ignores ASCII case.
[[nodiscard]] bool same_name(std::string_view a, std::string_view b);

struct Request {
  std::string method;
  std::string target;  ///< Path and query, percent-encoded; begins with "/", or is "*".
  std::vector<Header> headers;
  std::string body;

  // Set by Handler::admit().
  std::string client = {};   ///< The name of the token that it was sent with; "" without one.
  bool is_stranger = false;  ///< Sent without a token, to a server that has tokens.

  /// The value of the first header field with this name, in any case; nullptr if there is none.
  [[nodiscard]] const std::string* header(std::string_view name) const;
};

/// A body in pieces: the session sends each piece as a chunk, until next() returns nullopt; it
/// skips empty pieces. When
/// the peer closes the connection, the session cancels next() through Asio's cancellation slot,
/// then destroys the stream. Therefore next() must wait only for operations that can be cancelled,
/// or for a short time.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  virtual Task<std::optional<std::string>> next() = 0;
};

/// The session sets Content-Length, Transfer-Encoding, Connection and Date; it ignores those of a
/// handler.
struct Response {
  unsigned status = 200;
  std::vector<Header> headers;
  std::string body;
  std::unique_ptr<BodyStream> stream;  ///< If set, used instead of `body`.
};

}  // namespace evalx::http
