#pragma once
// Call and Answer: one request to another server and its response, as plain values.

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "http/message.hpp"

namespace evalx::http::client {

enum class Scheme { Http, Https };

/// An absolute URL in parts. The caller parses and checks the text.
struct Url {
  Scheme scheme = Scheme::Https;
  std::string host;  ///< A name in lower case, or a numeric address without brackets.
  std::uint16_t port = 443;
  std::string target = "/";  ///< Path and query, percent-encoded; begins with "/".
};

[[nodiscard]] constexpr std::uint16_t default_port(Scheme scheme) {
  return scheme == Scheme::Https ? 443 : 80;
}

/// "a.example", "a.example:8443" or "[::1]:8443": the value of a Host field. Without the port if it
/// is the scheme's own.
std::string authority_of(const Url& url);

struct Call {
  std::string method = "POST";
  Url url;
  std::vector<Header> headers;  ///< Without Host, Content-Length and Connection, which are added.
  std::string body;
};

/// The end of an answer's body. The status is known in any case.
enum class BodyEnd {
  Whole,
  TooLong,  ///< Only the first CallLimits::body bytes were read.
  Lost,     ///< The connection ended, the bytes are malformed, or the time was over.
};

struct Answer {
  unsigned status = 0;  ///< 200 to 599: interim answers are skipped.
  std::vector<Header> headers;
  std::string body;
  BodyEnd body_end = BodyEnd::Whole;
  asio::ip::address from;

  /// The first header field with this name, in any case; nullptr if there is none.
  [[nodiscard]] const std::string* header(std::string_view name) const;
};

/// The bounds of one call. Each time is also bounded by what is left of `total_time`.
struct CallLimits {
  Milliseconds resolve_time{5'000};
  Milliseconds connect_time{5'000};     ///< For each address.
  Milliseconds handshake_time{10'000};  ///< For TLS.
  Milliseconds head_time{15'000};       ///< From the end of the request to the end of the head.
  Milliseconds total_time{30'000};      ///< From the lookup to the end of the body.
  Bytes head = kibibytes(16);           ///< Status line and fields together.
  std::size_t head_fields = 100;
  Bytes body = kibibytes(64);  ///< Bytes of the body that are read and kept.
};

}  // namespace evalx::http::client
