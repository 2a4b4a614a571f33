#include "webhook/allotment.hpp"

#include <list>
#include <utility>

#include "base/wakeup.hpp"

namespace evalx::webhook {
namespace {

struct Waiter {
  std::uint64_t amount;
  Wakeup granted;
};

}  // namespace

struct Allotment::State {
  Executor executor;
  const std::uint64_t amount;
  std::uint64_t taken = 0;
  std::list<Waiter*> waiting{};  ///< Each one lives in the frame of its take().

  [[nodiscard]] bool has_room(std::uint64_t wanted) const {
    return taken == 0 || (taken <= amount && wanted <= amount - taken);
  }
  void serve() {
    while (!waiting.empty() && has_room(waiting.front()->amount)) {
      Waiter& next = *waiting.front();
      waiting.pop_front();
      taken += next.amount;
      next.granted.set();
    }
  }
  void give_back(std::uint64_t returned) {
    taken -= returned;
    serve();
  }
};

namespace {

/// A place among the waiting callers; given up by the destructor, unless the amount was granted.
template <class State>
class Place {
 public:
  Place(State& state, Waiter& waiter) : state_(state), waiter_(waiter) {
    state_.waiting.push_back(&waiter_);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    if (waiter_.granted.is_set()) return;
    state_.waiting.remove(&waiter_);
    state_.serve();
  }

 private:
  State& state_;
  Waiter& waiter_;
};

}  // namespace

Allotment::Allotment(const Executor& executor, std::uint64_t amount)
    : state_(std::make_shared<State>(State{executor, amount})) {}

Allotment::Part& Allotment::Part::operator=(Part&& other) noexcept {
  std::swap(of_, other.of_);
  std::swap(amount_, other.amount_);
  return *this;
}

Allotment::Part::~Part() {
  if (of_) of_->give_back(amount_);
}

std::optional<Allotment::Part> Allotment::try_take(std::uint64_t amount) {
  if (!state_->waiting.empty() || !state_->has_room(amount)) return std::nullopt;
  state_->taken += amount;
  return Part{state_, amount};
}

Task<std::optional<Allotment::Part>> Allotment::take(std::uint64_t amount, std::stop_token stop) {
  const std::shared_ptr<State> state = state_;
  if (auto part = try_take(amount)) co_return part;
  Waiter waiter{amount, Wakeup{state->executor}};
  {
    const Place place{*state, waiter};
    co_await waiter.granted.wait(std::move(stop));
  }
  if (!waiter.granted.is_set()) co_return std::nullopt;
  co_return Part{state, amount};
}

std::uint64_t Allotment::taken() const {
  return state_->taken;
}

}  // namespace evalx::webhook
