#include "queue/call.hpp"

namespace evalx::queue {

asio::execution_context::id CallerLoop::id;

bool Gate::enter() noexcept {
  if ((state_.fetch_add(1) & kClosed) == 0) return true;
  leave();
  return false;
}

void Gate::leave() noexcept {
  if (state_.fetch_sub(1) == (kClosed | 1U)) state_.notify_all();
}

void Gate::close() noexcept {
  state_.fetch_or(kClosed);
  for (std::uint32_t seen = state_.load(); seen != kClosed; seen = state_.load()) state_.wait(seen);
}

void CallerLoop::shutdown() {
  gate_->close();
  // Destroying a coroutine's frame may start or end other calls.
  while (!suspended_.empty()) {
    const std::shared_ptr<Suspended> caller = std::move(suspended_.front());
    suspended_.pop_front();
    caller->abandon();
  }
}

}  // namespace evalx::queue
