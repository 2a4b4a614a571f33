#pragma once
// Address: where a Redis is, and as whom to use it.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace evalx::queue::redis {

struct Address {
  std::string host = "127.0.0.1";
  std::uint16_t port = 6379;
  std::string user;      ///< Empty: Redis' default user.
  std::string password;  ///< Empty: none is sent.
  unsigned database = 0;

  /// For logs: without the password.
  [[nodiscard]] std::string shown() const;
};

/// redis://[[user]:password@]host[:port][/database], parts percent-encoded where needed. Errors:
/// invalid_argument, saying what is wrong and never the password.
Result<Address> parse_address(std::string_view url);

}  // namespace evalx::queue::redis
