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

/// Header names are compared without regard to ASCII case.
[[nodiscard]] bool same_name(std::string_view a, std::string_view b);

struct Request {
  std::string method;
  std::string target;  ///< Path and query, still percent-encoded; begins with "/", or is "*".
  std::vector<Header> headers;
  std::string body;

  /// The first header of that name (case-insensitive); nullptr if there is none.
  [[nodiscard]] const std::string* header(std::string_view name) const;
};

/// A body that comes piece by piece: sent chunked, until nullopt. When the peer leaves, whatever
/// next() awaits is cancelled through Asio's cancellation slot and then the stream is destroyed:
/// so next() must await cancellable operations, or come back by itself before long.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  virtual Task<std::optional<std::string>> next() = 0;
};

/// Content-Length, Transfer-Encoding, Connection and Date are the session's: a handler's are
/// dropped.
struct Response {
  unsigned status = 200;
  std::vector<Header> headers;
  std::string body;
  std::unique_ptr<BodyStream> stream;  ///< If set, used instead of `body`.
};

}  // namespace evalx::http
