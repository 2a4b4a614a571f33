#include "base/wakeup.hpp"

#include <list>
#include <utility>

#include "base/timer.hpp"

namespace evalx {

struct Wakeup::State {
  Executor executor;
  bool set = false;
  /// Each timer lives in the frame of its wait(), because the state may outlive the event loop.
  std::list<Timer*> waiting;
};

namespace {

/// An entry in the list of waiting timers; removed by the destructor.
class Listed {
 public:
  Listed(std::list<Timer*>& waiting, Timer& timer)
      : waiting_(waiting), position_(waiting.insert(waiting.end(), &timer)) {}
  Listed(const Listed&) = delete;
  Listed& operator=(const Listed&) = delete;
  ~Listed() { waiting_.erase(position_); }

 private:
  std::list<Timer*>& waiting_;
  std::list<Timer*>::iterator position_;
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

  const auto timer = std::make_shared<Timer>(state->executor, kNeverExpires);
  const Listed listed{state->waiting, *timer};
  co_await wait_on(timer, std::move(stop));
}

}  // namespace evalx
