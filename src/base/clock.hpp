#pragma once
// Clock: the source of time. Tests replace it with a clock that they move by hand.

#include <chrono>

namespace evalx {

using Microseconds = std::chrono::microseconds;
using Milliseconds = std::chrono::milliseconds;

/// Decisions use monotonic instants. Wall-clock instants are only shown and stored.
class Clock {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  using WallInstant = std::chrono::system_clock::time_point;

  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant now() const = 0;
  [[nodiscard]] virtual WallInstant wall_now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] WallInstant wall_now() const override { return std::chrono::system_clock::now(); }
};

}  // namespace evalx
