#pragma once
// StartChecks: whether a Redis is set up for a durability class.

#include <string>

#include "base/result.hpp"
#include "queue/redis/address.hpp"

namespace evalx::queue::redis {

/// The accepted work that may be lost when Redis loses power.
enum class Durability {
  Strict,     ///< Nothing: appendfsync always.
  Normal,     ///< About two seconds: appendonly yes.
  Ephemeral,  ///< Everything.
};

/// Connects and checks; waits a few seconds at most. Errors: one line with the fault and its fix;
/// not_supported if this Redis cannot be used.
Result<> check_server(const Address& address, Durability durability);

/// The decision, from the replies of INFO server and CONFIG GET.
struct ServerFacts {
  std::string version;       ///< redis_version.
  std::string eviction;      ///< maxmemory-policy; empty if CONFIG GET is not allowed.
  std::string append_only;   ///< appendonly.
  std::string append_fsync;  ///< appendfsync.
};
Result<> judge_server(const ServerFacts& facts, Durability durability);

}  // namespace evalx::queue::redis
