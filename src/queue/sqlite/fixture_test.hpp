#pragma once
// What the tests of this folder share: a clock turned by hand, a queue that must open.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "queue/run_test.hpp"
#include "queue/sqlite/scratch_test.hpp"
#include "queue/sqlite/sqlite_queue.hpp"

namespace evalx::queue::sqlite {

/// Starts at the present and stands still.
class HandClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return start_ + passed_.load(); }
  [[nodiscard]] WallInstant wall_now() const override { return wall_start_ + passed_.load(); }
  void advance(Microseconds time) {
    for (auto passed = passed_.load(); !passed_.compare_exchange_weak(passed, passed + time);) {
    }
  }

 private:
  const Instant start_ = std::chrono::steady_clock::now();
  const WallInstant wall_start_ = std::chrono::system_clock::now();
  std::atomic<Microseconds> passed_{Microseconds{0}};
};

inline std::unique_ptr<Queue> opened(Options options, const Clock& clock) {
  auto queue = open(std::move(options), clock);
  EXPECT_TRUE(queue) << queue.error().what;
  return queue ? *std::move(queue) : nullptr;
}

}  // namespace evalx::queue::sqlite
