#pragma once
// CallbackCalls: leases callbacks that are due to the senders' calls that wait for some.

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "queue/sqlite/writer_parts.hpp"
#include "queue/store.hpp"

namespace evalx::queue::sqlite {

/// Belongs to the writer's thread, take() aside.
class CallbackCalls {
 public:
  struct Hooks {
    std::function<bool()> is_open;  ///< False once no callback may be leased.
    /// From any thread: its caller is gone; it is due again and not charged.
    std::function<void(CallbackLease)> give_back;
  };
  CallbackCalls(WriterParts parts, Hooks hooks) : parts_(parts), hooks_(std::move(hooks)) {}

  /// From any thread. As Callbacks::take_callbacks(). `owner` keeps this object alive.
  void take(const std::weak_ptr<void>& owner, std::size_t limit, Milliseconds patience,
            CallbacksCall call);
  /// Leases due callbacks to the calls that wait. Sets a timer for the next one that becomes due.
  void serve();
  void close(const Error& why);

 private:
  struct Waiter {
    std::size_t limit = 0;
    CallbacksCall call;
    std::optional<Deadlines::Key> deadline;
  };
  using Position = std::list<Waiter>::iterator;

  void enter(std::size_t limit, Milliseconds patience, CallbacksCall call);
  void leave(const CallbacksCall& call, Result<std::vector<DueCallback>> answer);
  void answer(Position waiter, Result<std::vector<DueCallback>> answer);
  Result<std::vector<DueCallback>> lease(const std::vector<std::string>& tokens);
  void wake_when_due();

  WriterParts parts_;
  const Hooks hooks_;
  std::list<Waiter> waiters_;
  std::optional<Clock::Instant> wake_;  ///< When the timer is set.
};

}  // namespace evalx::queue::sqlite
