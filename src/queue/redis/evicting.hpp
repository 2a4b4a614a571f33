#pragma once
// Evicting: deletes the oldest finished jobs in Redis while all of them exceed their capacity.

#include <cstdint>

#include "queue/redis/census.hpp"
#include "queue/redis/scripts.hpp"
#include "queue/store.hpp"

namespace evalx::queue::redis {

/// Belongs to the hub's thread. Every process of a Redis does this; each has its own pace.
class Evicting {
 public:
  /// All references must outlive this object.
  Evicting(Connection& connection, Scripts& scripts, const StoreOptions& options, Census& census);

  /// Redis is connected: asks for its maxmemory. The capacity is at most half of it, because jobs
  /// that wait need room, too.
  void connected();
  /// Call it every half second.
  void evict();

 private:
  void step();
  void set_capacity(std::uint64_t maxmemory);

  Connection& connection_;
  Scripts& scripts_;
  const StoreOptions& options_;
  Figures& figures_;
  std::uint64_t capacity_;  ///< In bytes.
  int left_ = 0;            ///< Evictions, in this half second.
  bool is_asking_ = false;
};

}  // namespace evalx::queue::redis
