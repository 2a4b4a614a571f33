#pragma once
// Deadlines: actions and the times at which they are due, for one thread and its one timer.

#include <functional>
#include <map>
#include <optional>

#include "base/clock.hpp"

namespace evalx::queue {

class Deadlines {
 public:
  using Action = std::function<void()>;
  using Key = std::multimap<Clock::Instant, Action>::iterator;

  Key add(Clock::Instant when, Action action) { return actions_.emplace(when, std::move(action)); }
  /// Only for a key whose action has not begun.
  void remove(Key key) { actions_.erase(key); }
  [[nodiscard]] std::optional<Clock::Instant> next() const {
    if (actions_.empty()) return std::nullopt;
    return actions_.begin()->first;
  }
  /// Runs all actions that are due, earliest first. An action may add and remove others.
  void run_due(Clock::Instant now) {
    while (!actions_.empty() && actions_.begin()->first <= now) {
      const auto due = actions_.extract(actions_.begin());
      due.mapped()();
    }
  }

 private:
  std::multimap<Clock::Instant, Action> actions_;
};

}  // namespace evalx::queue
