#pragma once
// Failure: why a call got no answer, as a kind for programs and as words for people.

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

#include "base/clock.hpp"

namespace evalx::http::client {

enum class FailureKind {
  NotSendable,         ///< The method, the target or a header field has a forbidden character.
  LookupFailed,        ///< The name has no address, or the DNS gave no usable answer.
  AddressRefused,      ///< The caller's filter refused every address of the name.
  ConnectFailed,       ///< No address accepted a connection.
  CertificateRefused,  ///< It is not trusted, not for this name, or not valid now.
  TlsFailed,           ///< The handshake failed for another reason.
  Timeout,             ///< A time of CallLimits was over; the words say which.
  ConnectionLost,      ///< The server closed or reset the connection before its answer.
  BadAnswer,           ///< The answer is not HTTP/1.1, or its head is too large.
  Stopped,             ///< The caller requested a stop: this says nothing about the server.
};

struct Failure {
  FailureKind kind = FailureKind::ConnectFailed;
  std::string words;  ///< "the certificate of a.example has expired": one clause, no full stop.
};

/// "lookup_failed", "timeout", …: for metrics and logs.
std::string_view name_of(FailureKind kind);

/// "10 s", or "50 ms" if that is no whole number of seconds.
std::string words_of(Milliseconds time);

inline tl::unexpected<Failure> failed(FailureKind kind, std::string words) {
  return tl::make_unexpected(Failure{kind, std::move(words)});
}

}  // namespace evalx::http::client
