#include "judge/reservoir.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <list>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "base/wakeup.hpp"

namespace evalx::judge {
namespace {

auto too_many(std::size_t boxes, std::size_t permits) {
  return invalid(std::to_string(boxes) + " sandboxes are needed at one time, but only " +
                 std::to_string(permits) + " may run here");
}

}  // namespace

struct Reservoir::State : std::enable_shared_from_this<State> {
  /// A request in line. Its destructor leaves the line, also when the coroutine is destroyed while
  /// it waits.
  class Waiter {
   public:
    Waiter(std::shared_ptr<State> s, Demand wanted, const Executor& executor)
        : state(std::move(s)), demand(wanted), wakeup(executor) {
      place = state->line.insert(state->line.end(), this);
    }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() {
      if (!in_line) return;
      state->line.erase(place);
      state->grant();  // This request may have held others back.
    }

    std::shared_ptr<State> state;
    Demand demand;
    Wakeup wakeup;
    std::list<Waiter*>::iterator place;
    bool in_line = true;
    Permit permit;  ///< Set when its turn has come.
  };

  std::size_t permits;
  Bytes memory;
  std::size_t in_use = 0;
  Bytes memory_in_use;
  std::list<Waiter*> line;

  State(std::size_t p, Bytes m) : permits(p), memory(m) {}

  [[nodiscard]] bool has_room(const Demand& demand) const {
    return demand.boxes <= permits - in_use && memory_in_use + demand.memory <= memory;
  }

  Permit take(const Demand& demand) {
    in_use += demand.boxes;
    memory_in_use += demand.memory;
    return Permit{shared_from_this(), demand};
  }

  void give_back(const Demand& demand) {
    in_use -= demand.boxes;
    memory_in_use -= demand.memory;
    grant();
  }

  void grant() {
    while (!line.empty() && has_room(line.front()->demand)) {
      Waiter* const first = line.front();
      line.pop_front();
      first->in_line = false;
      first->permit = take(first->demand);
      first->wakeup.set();
    }
  }
};

Reservoir::Permit::Permit(std::shared_ptr<State> state, Demand demand)
    : state_(std::move(state)), demand_(demand) {}

Reservoir::Permit::Permit(Permit&& other) noexcept
    : state_(std::move(other.state_)), demand_(other.demand_) {}

Reservoir::Permit& Reservoir::Permit::operator=(Permit&& other) noexcept {
  Permit old{std::move(*this)};
  state_ = std::move(other.state_);
  demand_ = other.demand_;
  return *this;
}

Reservoir::Permit::~Permit() {
  if (state_) state_->give_back(demand_);
}

Reservoir::Reservoir(std::size_t permits, Bytes memory)
    : state_(std::make_shared<State>(permits, memory)) {
  EVALX_ASSERT(permits > 0);
}

Reservoir::~Reservoir() = default;

Task<Result<Reservoir::Permit>> Reservoir::acquire(Demand demand, std::stop_token stop) {
  EVALX_ASSERT(demand.boxes > 0);
  const std::shared_ptr<State> state = state_;
  if (demand.boxes > state->permits) co_return too_many(demand.boxes, state->permits);
  demand.memory = std::min(demand.memory, state->memory);
  if (!stop.stop_requested() && state->line.empty() && state->has_room(demand)) {
    co_return state->take(demand);
  }
  const Executor executor = co_await asio::this_coro::executor;
  State::Waiter waiter{state, demand, executor};
  co_await waiter.wakeup.wait(stop);
  if (!waiter.permit) {
    co_return fail(std::make_error_code(std::errc::operation_canceled), "wait for a permit");
  }
  co_return std::move(waiter.permit);
}

Reservoir::Counters Reservoir::counters() const {
  return {state_->permits, state_->in_use, state_->line.size(), state_->memory_in_use};
}

}  // namespace evalx::judge
