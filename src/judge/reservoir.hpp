#pragma once
// Reservoir: the one bound on what runs: a FIFO semaphore of permits with a memory budget.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace evalx::judge {

/// Lives on one event loop; waiting costs a coroutine and no thread. Permits are given in the order
/// they were asked for: the first in line holds back all behind it until there is room for it, so
/// that a large request cannot starve.
class Reservoir {
  struct State;

 public:
  /// The right to run one box; given back when destroyed, also after the Reservoir's own end.
  class Permit {
   public:
    Permit() = default;
    Permit(Permit&& other) noexcept;
    Permit& operator=(Permit&& other) noexcept;
    ~Permit();
    explicit operator bool() const noexcept { return state_ != nullptr; }

   private:
    friend class Reservoir;
    Permit(std::shared_ptr<State> state, Bytes memory);
    std::shared_ptr<State> state_;
    Bytes memory_;
  };

  /// `permits` is at least 1.
  Reservoir(std::size_t permits, Bytes memory);
  ~Reservoir();
  Reservoir(const Reservoir&) = delete;
  Reservoir& operator=(const Reservoir&) = delete;

  /// A request larger than the whole budget is not refused: it counts as the whole budget, and so
  /// runs while nothing else does. Errors: operation_canceled if `stop` is requested first.
  Task<Result<Permit>> acquire(Bytes memory, std::stop_token stop);

  struct Counters {
    std::size_t permits = 0;
    std::size_t in_use = 0;
    std::size_t waiting = 0;
    Bytes memory_in_use;
    std::uint64_t granted = 0;  ///< Since start.
  };
  [[nodiscard]] Counters counters() const;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace evalx::judge
