#include "http/client/client.hpp"

#include <fcntl.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

namespace evalx::http::client {
namespace {

std::string place_of(const asio::ip::address& address, const Url& url) {
  return address.to_string() + " port " + std::to_string(url.port);
}

/// The addresses that passed the filter; or the filter's words about the first one.
tl::expected<Addresses, Failure> permitted(Addresses addresses, const AddressFilter& may_not,
                                           const std::string& host) {
  Failure refusal{FailureKind::AddressRefused, {}};
  Addresses rest;
  for (asio::ip::address& address : addresses) {
    if (const auto why = may_not(address)) {
      if (refusal.words.empty()) refusal.words = host + ": " + *why;
    } else {
      rest.push_back(std::move(address));
    }
  }
  if (rest.empty()) return tl::make_unexpected(std::move(refusal));
  return rest;
}

/// No process that is started meanwhile inherits the socket. Asio does not ask for that.
boost::system::error_code open(Socket& socket, const asio::ip::tcp& protocol) {
  boost::system::error_code code;
  socket.open(protocol, code);
  if (!code) ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
  return code;
}

Task<std::optional<Failure>> connect_to(Line& line, asio::ip::address address, const Url& url,
                                        Milliseconds time) {
  line.renew();
  line.begin("connection to " + place_of(address, url), time);
  if (line.own_failure()) co_return line.own_failure();
  const asio::ip::tcp::endpoint endpoint{address, url.port};
  boost::system::error_code code = open(line.socket(), endpoint.protocol());
  if (!code) {
    const auto [refused] = co_await line.socket().async_connect(endpoint, kAsResult);
    code = refused;
  }
  if (line.own_failure()) co_return line.own_failure();
  if (code) {
    co_return Failure{FailureKind::ConnectFailed,
                      "cannot connect to " + place_of(address, url) + ": " + code.message()};
  }
  boost::system::error_code ignored;
  line.socket().set_option(asio::ip::tcp::no_delay{true}, ignored);
  co_return std::nullopt;
}

/// Tries the addresses in their order. Returns the one that is connected, or the last failure.
Task<tl::expected<asio::ip::address, Failure>> connect(Line& line, Addresses addresses,
                                                       const Url& url, Milliseconds time) {
  Failure last{FailureKind::ConnectFailed, {}};
  for (const asio::ip::address& address : addresses) {
    auto failure = co_await connect_to(line, address, url, time);
    if (!failure) co_return address;
    last = *std::move(failure);
    if (last.kind == FailureKind::Stopped || line.left() == Milliseconds{0}) break;
  }
  co_return tl::make_unexpected(std::move(last));
}

Task<Outcome> converse_over_tls(Tls& tls, Line& line, const Call& call, const CallLimits& limits) {
  const std::unique_ptr<TlsStream> stream = tls.stream(line.socket(), call.url.host);
  line.begin("TLS handshake with " + authority_of(call.url), limits.handshake_time);
  const auto [code] = co_await stream->async_handshake(asio::ssl::stream_base::client, kAsResult);
  if (const auto& own = line.own_failure()) co_return tl::make_unexpected(*own);
  if (code) co_return tl::make_unexpected(failure_of(*stream, code, call.url.host));
  co_return co_await converse(*stream, line, call, limits);
}

}  // namespace

Task<Outcome> Client::send(Call call, AddressFilter may_not, CallLimits limits,
                           std::stop_token stop) {
  if (!can_be_sent(call)) {
    co_return failed(FailureKind::NotSendable, "the request has a forbidden character");
  }
  const Executor executor = co_await asio::this_coro::executor;
  Line line{executor, limits.total_time, stop};

  Addresses addresses;
  boost::system::error_code not_numeric;
  const auto numeric = asio::ip::make_address(call.url.host, not_numeric);
  if (!not_numeric) {
    addresses.push_back(numeric);
  } else {
    const Milliseconds patience = std::min(limits.resolve_time, line.left());
    auto found = co_await resolver_.resolve(call.url.host, patience, stop);
    if (!found) co_return tl::make_unexpected(std::move(found).error());
    addresses = *std::move(found);
  }
  auto checked = permitted(std::move(addresses), may_not, call.url.host);
  if (!checked) co_return tl::make_unexpected(std::move(checked).error());

  const auto connected = co_await connect(line, *std::move(checked), call.url, limits.connect_time);
  if (!connected) co_return tl::make_unexpected(connected.error());
  Outcome outcome;
  if (call.url.scheme == Scheme::Https) {
    outcome = co_await converse_over_tls(tls_, line, call, limits);
  } else {
    outcome = co_await converse(line.socket(), line, call, limits);
  }
  if (outcome) outcome->from = *connected;
  co_return outcome;
}

}  // namespace evalx::http::client
