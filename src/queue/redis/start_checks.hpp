#pragma once
// StartChecks: whether a Redis keeps what a durability class promises.

#include <string>

#include "base/result.hpp"
#include "queue/redis/address.hpp"

namespace evalx::queue::redis {

/// What may be lost of accepted work when Redis loses power.
enum class Durability {
  Strict,     ///< Nothing: appendfsync always.
  Normal,     ///< About two seconds: appendonly yes.
  Ephemeral,  ///< Everything.
};

/// Connects, asks, and waits a few seconds at most. Errors: one line that says what is wrong and
/// what to do; not_supported if this Redis will not do.
Result<> check_server(const Address& address, Durability durability);

/// The part that decides, from the answers of INFO server and of CONFIG GET.
struct ServerFacts {
  std::string version;       ///< redis_version.
  std::string eviction;      ///< maxmemory-policy; empty if CONFIG GET is not allowed.
  std::string append_only;   ///< appendonly.
  std::string append_fsync;  ///< appendfsync.
};
Result<> judge_server(const ServerFacts& facts, Durability durability);

}  // namespace evalx::queue::redis
