#pragma once
// RedisShare: compiled programs shared through a Redis or Valkey of version 6.2 or later.

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "artifact/share.hpp"
#include "base/bytes.hpp"
#include "queue/redis/address.hpp"

namespace evalx::share {

struct Options {
  queue::redis::Address address;
  std::string prefix = "{evalx}:";  ///< Of all keys, as the queue's.
  /// Of one program. A Redis that syncs what it is given serves nobody meanwhile.
  Bytes largest = mebibytes(16);
  Bytes capacity = mebibytes(256);    ///< Of all of them; it counts towards Redis' maxmemory.
  Milliseconds retention{3'600'000};  ///< After their last use.
  Milliseconds claim{8'000};          ///< Of a compiler that was killed. Renewed each quarter.
};

/// Its connection is its own, and mends itself; while there is none everybody compiles. `loop` must
/// outlive it, and must not run any more once it is destroyed.
std::unique_ptr<artifact::Share> open(asio::io_context& loop, Options options);

}  // namespace evalx::share
