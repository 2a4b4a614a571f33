#include "worker/job_slots.hpp"

namespace evalx::worker {

Task<bool> JobSlots::take() {
  while (free_ == 0 && !stop_.stop_requested()) {
    Wakeup wakeup{executor_};
    waiting_.push_back(wakeup);
    std::stop_token stop = stop_;
    co_await wakeup.wait(std::move(stop));
  }
  if (stop_.stop_requested()) co_return false;
  --free_;
  co_return true;
}

void JobSlots::give_back() {
  ++free_;
  if (waiting_.empty()) return;
  waiting_.back().set();
  waiting_.pop_back();
}

}  // namespace evalx::worker
