#pragma once
// Names: the hosts in Host and Origin fields, as a gate distinguishes them.
//
// A page of a foreign site can make its own name resolve to 127.0.0.1 (DNS rebinding), and then its
// browser takes this server for that site. It can't do so with an address, nor with a loopback
// name.

#include <optional>
#include <string>
#include <string_view>

namespace evalx::gate {

enum class HostKind {
  Loopback,  ///< localhost, a name below it, 127.0.0.0/8 or ::1.
  Address,   ///< Another numeric address.
  Name,
};

struct Host {
  HostKind kind = HostKind::Name;
  std::string name;  ///< In lower case, without port, brackets, and a dot at its end.
};

/// The value of a Host field (RFC 9110, 7.2). nullopt: malformed.
std::optional<Host> parse_host(std::string_view text);

/// The host of an Origin field (RFC 6454, 7): "https://a.example:8443". nullopt for "null" and for
/// malformed ones.
std::optional<Host> host_of_origin(std::string_view origin);

/// Whether a numeric address is of the loopback interface.
[[nodiscard]] bool is_loopback_address(std::string_view address);

}  // namespace evalx::gate
