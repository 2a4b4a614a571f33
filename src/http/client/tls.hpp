#pragma once
// Tls: the certificates that a client trusts, and the checks of a server's certificate.

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "http/client/line.hpp"

namespace evalx::http::client {

using TlsStream = asio::ssl::stream<Socket&>;

/// Reads the trusted certificates once, for all calls. TLS 1.2 or later.
class Tls {
 public:
  /// The machine's certificates: on Debian, those of the package ca-certificates. Without any, all
  /// servers are refused.
  static Result<std::unique_ptr<Tls>> with_system_certificates();
  /// Whether there are any, where OpenSSL looks for them.
  static bool has_system_certificates();
  /// Trusts only the certificates of this file, in PEM.
  static Result<std::unique_ptr<Tls>> with_certificates_of(const std::string& file);

  /// A stream over `socket` that accepts only a certificate for `host`, a name or a numeric
  /// address. The socket and this object must outlive it.
  [[nodiscard]] std::unique_ptr<TlsStream> stream(Socket& socket, const std::string& host);

 private:
  Tls();
  asio::ssl::context context_;
};

/// Why a handshake failed with `code`.
Failure failure_of(TlsStream& stream, const boost::system::error_code& code,
                   const std::string& host);

}  // namespace evalx::http::client
