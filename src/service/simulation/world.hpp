#pragma once
// World: virtual time with its two clocks, and the order in which the loops of a process do their actions.

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "base/task.hpp"
#include "queue/loop_thread.hpp"
#include "queue/machine.hpp"
#include "queue/simulation/random.hpp"

namespace evalx::service::simulation {

using queue::StoreTime;
using queue::simulation::Random;

/// Time passes only when no loop has anything to do.
class World final : public Clock, public queue::Stepper {
 public:
  explicit World(Random& random) : random_(random) {}

  /// True time since the begin of the simulation.
  [[nodiscard]] StoreTime time() const { return time_; }
  /// Runs `action` after `time`, between the actions of the loops.
  void after(Microseconds time, std::function<void()> action) {
    actions_.push({time_ + time, next_++, std::move(action)});
  }

  /// The machine's clocks, which may be wrong.
  [[nodiscard]] Instant now() const override { return Instant{uptime_ + (time_ - booted_)}; }
  [[nodiscard]] WallInstant wall_now() const override { return WallInstant{kDate + time_ + wrong_}; }
  /// The machine starts again: its monotonic clock is at `uptime`, which may be negative.
  void boot(Microseconds uptime) {
    booted_ = time_;
    uptime_ = uptime;
  }
  /// The date is wrong by this from now on.
  void set_date_wrong_by(Microseconds time) { wrong_ = time; }

  /// No process runs for this time.
  void pause(Microseconds time) { time_ += time; }

  void add(queue::LoopThread& thread) override { threads_.push_back(&thread); }
  void remove(queue::LoopThread& thread) override { std::erase(threads_, &thread); }
  /// The loop of the server's HTTP and worker; nullptr: there is no server.
  void set_loop(asio::io_context* loop) { loop_ = loop; }
  /// Called after each action of a loop.
  std::function<void()> stepped = [] {};

  /// Passes the time until `end`, or until `is_over`. False if the loops do not come to rest: they
  /// work, and no time passes.
  bool run_until(StoreTime end, const std::function<bool()>& is_over);
  /// Actions of the loops so far.
  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  static constexpr Microseconds kDate = std::chrono::hours{24 * 365 * 55};  ///< Since 1970.
  struct Action {
    StoreTime time;
    std::uint64_t order;
    std::function<void()> run;
    bool operator<(const Action& other) const {
      return std::pair{time, order} > std::pair{other.time, other.order};
    }
  };
  bool step();
  bool step_loop(std::size_t index);
  bool run_due();
  [[nodiscard]] StoreTime next_time() const;

  Random& random_;
  StoreTime time_{}, booted_{};
  Microseconds uptime_{}, wrong_{};
  std::priority_queue<Action> actions_;
  std::uint64_t next_ = 0, steps_ = 0;
  asio::io_context* loop_ = nullptr;
  std::vector<queue::LoopThread*> threads_;
};

}  // namespace evalx::service::simulation
