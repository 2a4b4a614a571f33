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

struct Request {
  std::string method;
  std::string target;  ///< Path and query, still percent-encoded.
  std::vector<Header> headers;
  std::string body;

  /// The first header of that name (case-insensitive); nullptr if there is none.
  [[nodiscard]] const std::string* header(std::string_view name) const;
};

/// A body that comes piece by piece: sent chunked, until nullopt. Destroyed when the peer leaves.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  virtual Task<std::optional<std::string>> next() = 0;
};

struct Response {
  unsigned status = 200;
  std::vector<Header> headers;
  std::string body;
  std::unique_ptr<BodyStream> stream;  ///< If set, used instead of `body`.
};

}  // namespace evalx::http
