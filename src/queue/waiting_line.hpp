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

/// Lives on the thread of its store; only enter() may be called from any thread.
class WaitingLine {
 public:
  using Id = std::uint64_t;
  using Answer = Result<std::optional<Leased>>;
  struct Hooks {
    /// Whether a call may enter; if not it is answered Unavailable.
    std::function<bool()> is_open;
    /// A call has entered. One without patience has no deadline yet: the store must answer it.
    std::function<void(Id, Milliseconds patience)> entered;
    /// A call's patience is over; it is still in the line.
    std::function<void()> last_chance;
    /// From any thread: the job was leased to a caller that was cancelled meanwhile.
    std::function<void(LeaseId)> give_back;
  };

  WaitingLine(LoopThread& thread, Hooks hooks) : thread_(thread), hooks_(std::move(hooks)) {}

  /// The line lives as long as `owner`. The call waits at most `patience`, then it is answered
  /// nullopt; or until its caller cancels it.
  void enter(const std::weak_ptr<void>& owner, Milliseconds patience, LeaseCall call);

  /// A waiting call is answered nullopt after `time` at the latest.
  void limit(Id id, Milliseconds time);
  /// Answers the call, if it still waits.
  void leave(Id id, Answer answer);
  /// Gives `leased` to the first call; false if that caller's event loop is gone. The line must not
  /// be empty.
  bool deliver(Leased leased);
  /// Answers all with `why`.
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
