#pragma once
// Courier: takes callbacks that are due from the queue, sends them, and settles their outcomes.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "queue/callbacks.hpp"
#include "queue/inbox.hpp"
#include "webhook/attempt.hpp"
#include "webhook/bodies.hpp"

namespace evalx::webhook {

struct CourierLimits {
  /// Callbacks held at one time, from 1 to queue::kCallbacksTakenMax; other values are clamped.
  std::size_t attempts = queue::kCallbacksTakenMax;
  Bodies::Limits bodies;
  RetryPlan plan;
  Milliseconds patience{30'000};  ///< One take_callbacks() waits so long.
  Pauses pauses;                  ///< Before another call while the queue is unavailable.
  /// From the end of the attempts in stop(): the queue must have their outcomes then.
  Milliseconds last_outcomes{1'000};
};

/// How a callback that was taken has ended.
struct Attempted {
  queue::CallbackEnd::Kind outcome;
  std::optional<Microseconds> took;  ///< nullopt: nothing was sent.
};

/// Lives on one event loop: all its functions are called on its thread, and it calls `make_body`
/// and `on_attempted` there. One receiver delays no other, and an outage of the queue loses no
/// outcome. The log has a line for each callback that is delivered or dead, with its host alone:
/// the path and the query of a URL may contain secrets.
class Courier {
 public:
  /// The queue and the sender must outlive the loop's run.
  struct Parts {
    queue::Callbacks& callbacks;
    queue::Inbox& jobs;
    Sender& sender;
    Reach reach;
    const Clock& clock;
    MakeBody make_body;
    std::function<void(const Attempted&)> on_attempted = [](const Attempted&) {};
  };

  Courier(const Executor& executor, Parts parts, CourierLimits limits = {});
  ~Courier();
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;

  /// Starts taking callbacks. Call once.
  void start();
  /// Takes no more, and returns when all that were taken are settled. Attempts that are under way
  /// after `grace` are stopped, which is not charged. Outcomes that the queue does not take within
  /// CourierLimits::last_outcomes after that are lost: those callbacks are sent again. Call once.
  Task<> stop(Milliseconds grace);
  /// Takes no more, and stops the attempts at once.
  void hurry();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace evalx::webhook
