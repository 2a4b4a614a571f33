#pragma once
// Census: how many jobs Redis holds, as its scripts report it, and whether it has lost its data.

#include <cstddef>
#include <string>

#include "queue/figures.hpp"
#include "queue/redis/reply.hpp"

namespace evalx::queue::redis {

/// Belongs to the hub's thread; any thread may read the figures.
class Census {
 public:
  explicit Census(std::size_t capacity) : figures_(capacity, clock_) {}

  [[nodiscard]] Figures& figures() { return figures_; }
  [[nodiscard]] const Figures& figures() const { return figures_; }
  /// `depth` is what figures() in prelude.lua returns: queued jobs, leased jobs, and the age of the
  /// oldest queued job in us.
  void note_depth(const Reply& depth);
  /// How many callbacks wait or are sent, and how many us ago the job of the oldest ended.
  void note_callbacks(const Reply& count, const Reply& age);
  /// `birth` identifies the data in Redis. If it differs from the last one, Redis has lost all
  /// jobs, by FLUSHALL or by a restart without its file. They are counted as vanished.
  void note_birth(const std::string& birth);

 private:
  const SystemClock clock_;
  Figures figures_;
  std::string birth_;
  std::size_t open_jobs_ = 0;  ///< Highest number of queued and leased jobs since note_birth().
};

}  // namespace evalx::queue::redis
