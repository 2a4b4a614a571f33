#pragma once
// The queue that many machines share, in a Redis or Valkey of version 6.2 or later.

#include <memory>
#include <string>

#include "queue/queue.hpp"
#include "queue/redis/address.hpp"
#include "queue/redis/start_checks.hpp"
#include "queue/store.hpp"

namespace evalx::queue::redis {

struct Options : StoreOptions {
  Address address;
  Durability durability = Durability::Strict;
  std::string prefix = "{evalx}:";  ///< Begins all keys; the braces keep them in one cluster slot.
  /// Length of this process' lease as a worker. Renewed each third of it. Without a renewal it
  /// claims no new jobs after 12/15 of it, and at its end all jobs are stopped.
  Milliseconds lease{15'000};
};

/// Errors: those of check_server. While Redis is not available a call answers Unavailable, or
/// waits as long as its patience; the queue connects again by itself.
///
/// Calls resume on the loop they came from, whose io_context must be run by one thread. They can be
/// cancelled: a wait ends; a change is made or is not. A loop may be destroyed while calls are
/// under way. The queue may be destroyed while calls wait; they then answer Unavailable. A process
/// is a worker from its first lease() on.
Result<std::unique_ptr<Queue>> open(Options options);

}  // namespace evalx::queue::redis
