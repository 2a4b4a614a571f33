#pragma once
// StartChecks: whether a Redis is configured for a durability class.

#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "queue/redis/address.hpp"

namespace evalx::queue::redis {

/// The accepted jobs and results that may be lost when Redis loses power, and the required setting.
enum class Durability {
  Strict,     ///< Nothing: appendfsync always.
  Normal,     ///< About two seconds: appendonly yes.
  Ephemeral,  ///< Everything.
};

/// Connects, reads the configuration and checks it, within about `patience`. Blocks. Errors:
/// not_supported if this Redis cannot be used, with the fault and its fix in one line; timed_out if
/// it accepts the connection but does not answer; the connection's errors.
Result<> check_server(const Address& address, Durability durability,
                      Milliseconds patience = std::chrono::seconds{10});

/// The replies of INFO server and CONFIG GET.
struct ServerFacts {
  std::string version;       ///< redis_version; empty if INFO is not allowed.
  std::string eviction;      ///< maxmemory-policy; empty if CONFIG GET is not allowed.
  std::string append_only;   ///< appendonly.
  std::string append_fsync;  ///< appendfsync.
};
/// The decision of check_server().
Result<> judge_server(const ServerFacts& facts, Durability durability);

}  // namespace evalx::queue::redis
