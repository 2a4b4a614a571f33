#pragma once
// Reservoir: bounds how many programs run at one time and how much memory they may use together. A
// FIFO semaphore: requests get permits, one for each box, and a part of the memory budget.

#include <cstddef>
#include <memory>
#include <stop_token>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace evalx::judge {

/// The boxes and the memory that one request takes from the reservoir, all in one step.
struct Demand {
  std::size_t boxes = 1;  ///< One permit each; at least 1.
  Bytes memory;           ///< The memory limits of all these boxes together.
};

/// Lives on one event loop; a waiting request costs a coroutine and no thread. Requests are served
/// in the order in which they were made. While the first one in line does not fit, all later ones
/// wait as well, so a large request cannot starve.
class Reservoir {
  struct State;

 public:
  /// The right to run the boxes of one Demand. Given back on destruction, which is also allowed
  /// after the Reservoir is destroyed.
  class Permit {
   public:
    Permit() = default;
    Permit(Permit&& other) noexcept;
    Permit& operator=(Permit&& other) noexcept;
    ~Permit();
    explicit operator bool() const noexcept { return state_ != nullptr; }

   private:
    friend class Reservoir;
    Permit(std::shared_ptr<State> state, Demand demand);
    std::shared_ptr<State> state_;
    Demand demand_;
  };

  /// `permits` is at least 1.
  Reservoir(std::size_t permits, Bytes memory);
  ~Reservoir();
  Reservoir(const Reservoir&) = delete;
  Reservoir& operator=(const Reservoir&) = delete;

  /// Waits until all boxes and all memory of `demand` are free, and takes them in one step. A
  /// caller that needs two boxes must ask for both here: two requests for one box each can deadlock
  /// with another caller that does the same.
  ///
  /// A demand for more memory than the whole budget counts as the whole budget, so that the request
  /// runs alone. Errors: operation_canceled if `stop` is requested first; invalid_argument, without
  /// waiting, for more boxes than there are permits.
  Task<Result<Permit>> acquire(Demand demand, std::stop_token stop);

  struct Counters {
    std::size_t permits = 0;
    std::size_t in_use = 0;   ///< Permits that are taken.
    std::size_t waiting = 0;  ///< Requests in line.
    Bytes memory_in_use;
  };
  [[nodiscard]] Counters counters() const;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace evalx::judge
