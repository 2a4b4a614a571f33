#pragma once
// The queue that many machines share, in a Redis or Valkey of version 6.2 or later.

#include <functional>
#include <memory>
#include <string>

#include "queue/machine.hpp"
#include "queue/queue.hpp"
#include "queue/redis/address.hpp"
#include "queue/redis/start_checks.hpp"

namespace evalx::queue::redis {

struct Options {
  Address address;
  Durability durability = Durability::Strict;
  std::string prefix = "{evalx}:";  ///< Of all keys; the braces keep them in one cluster slot.
  std::size_t capacity = 100'000;   ///< Waiting jobs; then Full.
  Rules rules;
  std::chrono::seconds retention = std::chrono::hours{24};  ///< Of finished jobs.
  /// Of this process as a worker. Renewed each third of it; nothing new is begun after 12/15 of it
  /// without a renewal, and at its end all jobs are stopped.
  Milliseconds lease{15'000};
  /// The result of a job that ends Dead because its workers died or because it is damaged.
  std::function<std::string(const Record&)> dead_result;  ///< Default: a short JSON object.
  /// The result of a job that ends Expired; its record has no spec and no failures.
  std::function<std::string(const Record&)> expired_result;  ///< Default: a short JSON object.
};

/// Errors: those of check_server. What is done to a call while Redis is away: it answers
/// Unavailable, or waits as long as it may; the queue mends itself.
///
/// Calls resume on the loop they came from, whose io_context must be run by one thread. They can be
/// cancelled: a wait ends, a change is made or not. A loop may be destroyed while calls are under
/// way; the queue may be destroyed while calls wait, which then answer Unavailable. A process is a
/// worker from its first lease() on.
Result<std::unique_ptr<Queue>> open(Options options);

}  // namespace evalx::queue::redis
