#include "http/client/failure.hpp"

#include "base/assert.hpp"

namespace evalx::http::client {

std::string_view name_of(FailureKind kind) {
  switch (kind) {
    case FailureKind::NotSendable:
      return "not_sendable";
    case FailureKind::LookupFailed:
      return "lookup_failed";
    case FailureKind::AddressRefused:
      return "address_refused";
    case FailureKind::ConnectFailed:
      return "connect_failed";
    case FailureKind::CertificateRefused:
      return "certificate_refused";
    case FailureKind::TlsFailed:
      return "tls_failed";
    case FailureKind::Timeout:
      return "timeout";
    case FailureKind::ConnectionLost:
      return "connection_lost";
    case FailureKind::BadAnswer:
      return "bad_answer";
    case FailureKind::Stopped:
      return "stopped";
  }
  EVALX_ASSERT(!"a kind of failure");
}

std::string words_of(Milliseconds time) {
  const auto count = time.count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + " s" : std::to_string(count) + " ms";
}

}  // namespace evalx::http::client
