#pragma once
// Wakeup: lets one coroutine wait for another on the same event loop, or for a stop from anywhere.

#include <memory>
#include <stop_token>

#include "base/task.hpp"

namespace evalx {

/// One-shot. Copies share the state, so that who wakes may outlive who waits, and the loop too.
/// Belongs to the event loop it is made for, but for the stop token's side.
class Wakeup {
 public:
  explicit Wakeup(const Executor& executor);

  /// Ends the present or the coming wait().
  void set();
  [[nodiscard]] bool is_set() const;

  /// Returns once set() was called or `stop` is requested, from whatever thread.
  Task<> wait(std::stop_token stop);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace evalx
