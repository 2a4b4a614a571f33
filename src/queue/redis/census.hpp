#pragma once
// Census: how many jobs Redis holds, as its scripts report it, and whether it has lost its data.

#include <cstddef>
#include <string>

#include "queue/figures.hpp"
#include "queue/redis/reply.hpp"

namespace evalx::queue::redis {

/// Belongs to the hub's thread; the figures may be read by any.
class Census {
 public:
  explicit Census(std::size_t capacity) : figures_(capacity, clock_) {}

  [[nodiscard]] Figures& figures() { return figures_; }
  [[nodiscard]] const Figures& figures() const { return figures_; }
  /// `depth` is the reply of figures() in prelude.lua: queued, leased, age of the oldest job.
  void note_depth(const Reply& depth);
  /// `birth` identifies the data in Redis. Another one than before means that all accepted jobs are
  /// gone, after FLUSHALL or a restart without its file: no index lists them any longer.
  void note_birth(const std::string& birth);

 private:
  const SystemClock clock_;
  Figures figures_;
  std::string birth_;
  std::size_t open_jobs_ = 0;  ///< The most that were known since the last note_birth().
};

}  // namespace evalx::queue::redis
