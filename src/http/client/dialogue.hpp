#pragma once
// Dialogue: sends a request over a connected stream, and reads the answer.

#include <string>

#include "http/client/call.hpp"
#include "http/client/tls.hpp"

namespace evalx::http::client {

using Outcome = tl::expected<Answer, Failure>;

/// Whether method, target and header fields have only characters that cannot end a line.
[[nodiscard]] bool can_be_sent(const Call& call);

/// The request line, the fields and the empty line.
std::string head_of(const Call& call);

/// Over an open connection, for example after the TLS handshake. `line`, `call` and `limits` must
/// outlive it. An answer whose head is whole counts, even if its body is not.
Task<Outcome> converse(Socket& stream, Line& line, const Call& call, const CallLimits& limits);
Task<Outcome> converse(TlsStream& stream, Line& line, const Call& call, const CallLimits& limits);

}  // namespace evalx::http::client
