#include "service/simulation/world.hpp"

#include <algorithm>

namespace evalx::service::simulation {
namespace {

constexpr std::uint64_t kStepsAtOnceMax = 100'000;

}  // namespace

bool World::step_loop(std::size_t index) {
  if (index < threads_.size()) return threads_[index]->step();
  return loop_ != nullptr && loop_->poll_one() > 0;
}

/// One action of one loop, chosen by chance. False if they all have nothing to do.
bool World::step() {
  const std::size_t loops = threads_.size() + 1;
  const std::size_t first = random_.below(static_cast<std::uint32_t>(loops));
  for (std::size_t i = 0; i < loops; ++i) {
    if (!step_loop((first + i) % loops)) continue;
    ++steps_;
    stepped();
    return true;
  }
  return false;
}

bool World::run_due() {
  if (actions_.empty() || actions_.top().time > time_) return false;
  const Action next = actions_.top();
  actions_.pop();
  next.run();
  return true;
}

StoreTime World::next_time() const {
  StoreTime next = actions_.empty() ? StoreTime::max() : actions_.top().time;
  for (const queue::LoopThread* thread : threads_) {
    const auto deadline = thread->next_deadline();
    if (!deadline) continue;
    // Rounded up: the deadline is not due before.
    next = std::min(next, time_ + std::chrono::ceil<Microseconds>(*deadline - now()));
  }
  return std::max(next, time_);
}

bool World::run_until(StoreTime end, const std::function<bool()>& is_over) {
  std::uint64_t at_once = 0;
  while (!is_over()) {
    if (step() || run_due()) {
      if (++at_once > kStepsAtOnceMax) return false;
      continue;
    }
    const StoreTime next = next_time();
    if (next > end) {
      time_ = end;
      return true;
    }
    if (next > time_) at_once = 0;
    time_ = next;
  }
  return true;
}

}  // namespace evalx::service::simulation
