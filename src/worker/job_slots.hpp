#pragma once
// JobSlots: bounds the number of jobs that a worker has at one time.

#include <cstddef>
#include <stop_token>
#include <utility>
#include <vector>

#include "base/task.hpp"
#include "base/wakeup.hpp"

namespace evalx::worker {

/// A semaphore for the coroutines of one event loop. The order of the waiters is not fair, which is
/// no harm: they all do the same.
class JobSlots {
 public:
  /// Once `stop` is requested, take() gives out no more slots.
  JobSlots(const Executor& executor, std::size_t slots, std::stop_token stop)
      : executor_(executor), free_(slots), stop_(std::move(stop)) {}

  /// Waits for a free slot and takes it. Returns false, without a slot, after a stop.
  Task<bool> take();
  /// Call it once for each take() that returned true.
  void give_back();

 private:
  Executor executor_;
  std::size_t free_;
  std::stop_token stop_;
  std::vector<Wakeup> waiting_;
};

}  // namespace evalx::worker
