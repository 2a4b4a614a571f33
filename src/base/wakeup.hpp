#pragma once
// Wakeup: lets one coroutine wait for another on the same event loop, or for a stop from anywhere.

#include <memory>
#include <stop_token>

#include "base/task.hpp"

namespace evalx {

/// Works once: there is no reset. Copies share one state, so that the owner of a copy may outlive
/// the waiting coroutines, and even their event loop. Call its functions on the thread of that
/// loop; only a stop may be requested from any thread.
class Wakeup {
 public:
  explicit Wakeup(const Executor& executor);

  /// Resumes the coroutines in wait(); later calls of wait() return at once.
  void set();
  [[nodiscard]] bool is_set() const;

  /// Returns after set() was called or `stop` was requested, from any thread.
  Task<> wait(std::stop_token stop);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace evalx
