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
  /// Length of this process's lease as a worker, and of its leases of callbacks. They are renewed
  /// after each third. Without a renewal the process leases no more jobs after 12/15 of it, and at
  /// its end stops all jobs.
  Milliseconds lease{15'000};
};

/// Waits up to ten seconds for Redis, twice. Errors: those of check_server; not_connected. Later,
/// while Redis is not available, a call answers Unavailable or uses up its patience; the queue
/// reconnects by itself.
///
/// Calls resume on the loop they came from, whose io_context must be run by one thread. They can be
/// cancelled: a wait ends with operation_canceled; a change goes on, and its outcome is returned. A
/// loop may be destroyed while calls are under way. The queue may be destroyed while calls wait;
/// they then answer Unavailable. A process is a worker from its first lease() on.
Result<std::unique_ptr<Queue>> open(Options options);

}  // namespace evalx::queue::redis
