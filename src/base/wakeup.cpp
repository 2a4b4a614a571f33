#include "base/wakeup.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <list>
#include <utility>

namespace evalx {
namespace {

// A timer that never expires is Asio's cheapest thing to suspend on; cancelling it resumes.
using WaitClock = std::chrono::steady_clock;
using Timer = asio::basic_waitable_timer<WaitClock, asio::wait_traits<WaitClock>, Executor>;

}  // namespace

struct Wakeup::State {
  Executor executor;
  bool set = false;
  /// Each in the frame of its wait(): the state itself may outlive the loop.
  std::list<Timer*> waiting;
};

namespace {

/// Stands in the list of those waiting for as long as it lives.
class Place {
 public:
  Place(std::list<Timer*>& waiting, Timer& timer)
      : waiting_(waiting), place_(waiting.insert(waiting.end(), &timer)) {}
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { waiting_.erase(place_); }

 private:
  std::list<Timer*>& waiting_;
  std::list<Timer*>::iterator place_;
};

}  // namespace

Wakeup::Wakeup(const Executor& executor)
    : state_(std::make_shared<State>(State{executor, false, {}})) {}

void Wakeup::set() {
  state_->set = true;
  for (Timer* const timer : state_->waiting) timer->cancel();
}

bool Wakeup::is_set() const {
  return state_->set;
}

Task<> Wakeup::wait(std::stop_token stop) {
  const std::shared_ptr<State> state = state_;
  if (state->set) co_return;

  const auto timer = std::make_shared<Timer>(state->executor, WaitClock::time_point::max());
  const Place place{state->waiting, *timer};
  auto wake = [weak = std::weak_ptr<Timer>{timer}, executor = state->executor] {
    asio::post(executor, [weak] {
      if (const auto waiting = weak.lock()) waiting->cancel();
    });
  };
  const std::stop_callback on_stop{std::move(stop), std::move(wake)};
  co_await timer->async_wait(kAsResult);
}

}  // namespace evalx
