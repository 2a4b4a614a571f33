#pragma once
// RedisShare: shares compiled programs through Redis >= 6.2 or Valkey.

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "artifact/share.hpp"
#include "base/bytes.hpp"
#include "queue/redis/address.hpp"

namespace evalx::share {

struct Options {
  queue::redis::Address address;
  std::string prefix = "{evalx}:";  ///< Prefix of all keys, the same as the queue's.
  /// The largest program that is shared. A larger one would delay the queue: Redis serves no client
  /// while it syncs a write to disk.
  Bytes largest = mebibytes(16);
  Bytes capacity = mebibytes(256);    ///< All shared programs together; a part of Redis' maxmemory.
  Milliseconds retention{3'600'000};  ///< How long a program is kept after its last use.
  Milliseconds claim{
      8'000};  ///< How long a claim outlives a killed process; a live one renews it every 2 s.
};

/// Uses a connection of its own, and connects again after an error. While it has no connection,
/// every worker compiles. `loop` must outlive the share, and must not run after the share is
/// destroyed.
std::unique_ptr<artifact::Share> open(asio::io_context& loop, Options options);

}  // namespace evalx::share
