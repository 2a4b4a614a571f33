#pragma once
// Address: host, port, database and credentials of a Redis.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace evalx::queue::redis {

struct Address {
  std::string host = "127.0.0.1";
  std::uint16_t port = 6379;
  std::string user;      ///< Empty: Redis' default user.
  std::string password;  ///< Empty: no password is sent.
  unsigned database = 0;

  /// For logs: without the password.
  [[nodiscard]] std::string shown() const;
};

/// redis://[[user]:password@]host[:port][/database], parts percent-encoded where needed. Errors:
/// invalid_argument, with the fault and without the password.
Result<Address> parse_address(std::string_view url);

}  // namespace evalx::queue::redis
