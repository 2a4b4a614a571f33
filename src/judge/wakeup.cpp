#include "judge/wakeup.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <chrono>

namespace evalx::judge {

struct Wakeup::State {
  using Clock = std::chrono::steady_clock;
  // A timer that never expires is Asio's cheapest thing to suspend on; cancelling it resumes.
  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor> timer;
  Executor executor;
  bool set = false;

  explicit State(const Executor& e) : timer(e, Clock::time_point::max()), executor(e) {}
};

Wakeup::Wakeup(const Executor& executor) : state_(std::make_shared<State>(executor)) {}

void Wakeup::set() {
  state_->set = true;
  state_->timer.cancel();
}

bool Wakeup::is_set() const {
  return state_->set;
}

Task<> Wakeup::wait(std::stop_token stop) {
  const std::shared_ptr<State> state = state_;
  if (state->set) co_return;
  auto wake = [weak = std::weak_ptr<State>{state}, executor = state->executor] {
    asio::post(executor, [weak] {
      const auto waiting = weak.lock();
      if (waiting) waiting->timer.cancel();
    });
  };
  const std::stop_callback on_stop{std::move(stop), std::move(wake)};
  co_await state->timer.async_wait(kAsResult);
}

}  // namespace evalx::judge
