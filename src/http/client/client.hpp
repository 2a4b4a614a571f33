#pragma once
// Client: one call to another server, from the lookup of its name to the end of its answer.

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "http/client/call.hpp"
#include "http/client/dialogue.hpp"
#include "http/client/resolver.hpp"
#include "http/client/tls.hpp"

namespace evalx::http::client {

/// Why an address must not be connected to, as a clause; nullopt if it may.
using AddressFilter = std::function<std::optional<std::string>(const asio::ip::address&)>;

/// Each call looks the name up once, asks the filter about each address, and connects only to
/// addresses that passed, one after the other. It has a connection of its own. Redirects are not
/// followed, and proxies are not used. The object has no state of calls, so that any number of them
/// may run at the same time, on any event loops; all of them must end before it does.
class Client {
 public:
  Client(Resolver& resolver, Tls& tls) : resolver_(resolver), tls_(tls) {}

  /// Returns after at most CallLimits::total_time, or soon after a stop was requested, from any
  /// thread. Any answer with a status from 200 to 599 is a success.
  Task<Outcome> send(Call call, AddressFilter may_not, CallLimits limits, std::stop_token stop);

 private:
  Resolver& resolver_;
  Tls& tls_;
};

}  // namespace evalx::http::client
