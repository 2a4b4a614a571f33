#pragma once
// AddressRange: which addresses are not on the public Internet, and why.

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>

namespace evalx::webhook {

namespace asio = boost::asio;

/// The addresses that may be called.
enum class Reach {
  Public,   ///< Only addresses of the public Internet.
  Private,  ///< Also private, loopback and link-local ones, and those that contain others.
};

/// Why `address` must not be called, e.g. "127.0.0.1 is a loopback address (127.0.0.0/8)"; nullopt
/// if it may.
std::optional<std::string> refusal_of(const asio::ip::address& address, Reach reach);

}  // namespace evalx::webhook
