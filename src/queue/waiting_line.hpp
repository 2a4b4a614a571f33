#pragma once
// WaitingLine: the workers' calls that wait for a job, in the order of their arrival.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "queue/call.hpp"
#include "queue/loop_thread.hpp"
#include "queue/work.hpp"

namespace evalx::queue {

using LeaseCall = std::shared_ptr<Call<std::optional<Leased>>>;

/// Lives on the thread of its store, as do its hooks. Only enter() may be called from any thread.
class WaitingLine {
 public:
  using Id = std::uint64_t;
  using Answer = Result<std::optional<Leased>>;
  struct Hooks {
    /// Whether a call may enter. If not, or if too many calls wait, it is answered Unavailable.
    std::function<bool()> is_open;
    /// A call has entered. A call without patience has no deadline: the store must leave() or
    /// limit() it.
    std::function<void(Id, Milliseconds patience)> entered;
    /// A call's patience is over. The store may still deliver a job to it; then it is answered.
    std::function<void()> last_chance;
    /// From any thread: the job was leased to a caller that was cancelled meanwhile. The store
    /// must release it.
    std::function<void(LeaseId)> give_back;
  };

  WaitingLine(LoopThread& thread, Hooks hooks) : thread_(thread), hooks_(std::move(hooks)) {}

  /// Adds the call to the end of the line. It is answered nullopt when `patience` is over, and
  /// operation_canceled if its caller cancels it. `owner` is the object that keeps the line alive.
  void enter(const std::weak_ptr<void>& owner, Milliseconds patience, LeaseCall call);

  /// The call is answered nullopt after `time` at the latest. It must wait in the line and have no
  /// deadline yet.
  void limit(Id id, Milliseconds time);
  /// Answers the call, if it still waits.
  void leave(Id id, Answer answer);
  /// Answers the first call with `leased`. False if that caller's event loop is gone: the store
  /// must release the job. The line must not be empty.
  bool deliver(Leased leased);
  /// Answers all calls with `why`. From then on Hooks::is_open must return false.
  void close(const Error& why);

  [[nodiscard]] bool empty() const { return waiters_.empty(); }
  [[nodiscard]] std::size_t size() const { return waiters_.size(); }

 private:
  struct Waiter {
    LeaseCall call;
    std::optional<Deadlines::Key> deadline;
  };
  void admit(Id id, Milliseconds patience, LeaseCall call);
  LeaseCall take(std::map<Id, Waiter>::iterator waiter);

  LoopThread& thread_;
  const Hooks hooks_;
  std::atomic<Id> next_id_{1};
  std::map<Id, Waiter> waiters_;
};

}  // namespace evalx::queue
