#include "judge/reservoir.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <list>
#include <utility>

#include "base/assert.hpp"
#include "base/wakeup.hpp"

namespace evalx::judge {

struct Reservoir::State : std::enable_shared_from_this<State> {
  /// In line for as long as it lives: a coroutine that is destroyed while it waits leaves no trace.
  class Waiter {
   public:
    Waiter(std::shared_ptr<State> s, Bytes wanted, const Executor& executor)
        : state(std::move(s)), memory(wanted), wakeup(executor) {
      place = state->line.insert(state->line.end(), this);
    }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() {
      if (!in_line) return;
      state->line.erase(place);
      state->grant();  // It may have held others back.
    }

    std::shared_ptr<State> state;
    Bytes memory;
    Wakeup wakeup;
    std::list<Waiter*>::iterator place;
    bool in_line = true;
    Permit permit;  ///< Set when its turn has come.
  };

  std::size_t permits;
  Bytes memory;
  std::size_t in_use = 0;
  Bytes memory_in_use;
  std::uint64_t granted = 0;
  std::list<Waiter*> line;

  State(std::size_t p, Bytes m) : permits(p), memory(m) {}

  [[nodiscard]] bool has_room(Bytes wanted) const {
    return in_use < permits && memory_in_use + wanted <= memory;
  }

  Permit take(Bytes wanted) {
    ++in_use;
    ++granted;
    memory_in_use += wanted;
    return Permit{shared_from_this(), wanted};
  }

  void give_back(Bytes given) {
    --in_use;
    memory_in_use -= given;
    grant();
  }

  void grant() {
    while (!line.empty() && has_room(line.front()->memory)) {
      Waiter* const first = line.front();
      line.pop_front();
      first->in_line = false;
      first->permit = take(first->memory);
      first->wakeup.set();
    }
  }
};

Reservoir::Permit::Permit(std::shared_ptr<State> state, Bytes memory)
    : state_(std::move(state)), memory_(memory) {}

Reservoir::Permit::Permit(Permit&& other) noexcept
    : state_(std::move(other.state_)), memory_(other.memory_) {}

Reservoir::Permit& Reservoir::Permit::operator=(Permit&& other) noexcept {
  Permit old{std::move(*this)};
  state_ = std::move(other.state_);
  memory_ = other.memory_;
  return *this;
}

Reservoir::Permit::~Permit() {
  if (state_) state_->give_back(memory_);
}

Reservoir::Reservoir(std::size_t permits, Bytes memory)
    : state_(std::make_shared<State>(permits, memory)) {
  EVALX_ASSERT(permits > 0);
}

Reservoir::~Reservoir() = default;

Task<Result<Reservoir::Permit>> Reservoir::acquire(Bytes memory, std::stop_token stop) {
  const std::shared_ptr<State> state = state_;
  const Bytes wanted = std::min(memory, state->memory);
  if (!stop.stop_requested() && state->line.empty() && state->has_room(wanted)) {
    co_return state->take(wanted);
  }
  const Executor executor = co_await asio::this_coro::executor;
  State::Waiter waiter{state, wanted, executor};
  co_await waiter.wakeup.wait(stop);
  if (!waiter.permit) {
    co_return fail(std::make_error_code(std::errc::operation_canceled), "wait for a permit");
  }
  co_return std::move(waiter.permit);
}

Reservoir::Counters Reservoir::counters() const {
  return {state_->permits, state_->in_use, state_->line.size(), state_->memory_in_use,
          state_->granted};
}

}  // namespace evalx::judge
