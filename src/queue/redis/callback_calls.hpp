#pragma once
// CallbackCalls: leases callbacks that are due from Redis, for the senders' calls that wait.

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "queue/redis/callback_leases.hpp"
#include "queue/redis/census.hpp"
#include "queue/store.hpp"

namespace evalx::queue::redis {

/// Belongs to the hub's thread, take() aside. At most one request is under way.
class CallbackCalls {
 public:
  struct Hooks {
    std::function<bool()> is_open;  ///< False while the hub closes.
    /// Whether a sender whose lease has ended counts as dead.
    std::function<bool()> may_take_over;
  };
  /// Redis' connection, and the parts that know the callbacks.
  struct Links {
    const Connection& connection;
    Scripts& scripts;
    Census& census;
    CallbackLeases& leases;
  };
  /// All references must outlive this object.
  CallbackCalls(LoopThread& thread, Links links, const Options& options, Hooks hooks);

  /// From any thread. As Callbacks::take_callbacks(). `owner` keeps this object alive.
  void take(const std::weak_ptr<void>& owner, std::size_t limit, Milliseconds patience,
            CallbacksCall call);
  /// Call it when callbacks may be due. Asks Redis if calls wait.
  void serve();
  void close(const Error& why);

 private:
  struct Waiter {
    std::size_t limit = 0;
    CallbacksCall call;
    std::optional<Deadlines::Key> deadline;
    /// If it has no patience: the first request whose reply without callbacks answers it.
    std::optional<std::uint64_t> hurried;
  };
  using Position = std::list<Waiter>::iterator;
  using Answer = Result<std::vector<DueCallback>>;

  void enter(std::size_t limit, Milliseconds patience, CallbacksCall call);
  void leave(const CallbacksCall& call, Answer answer);
  void answer(Position waiter, Answer with);
  void taken(std::uint64_t number, const Reply& reply);
  void deliver(std::vector<DueCallback> granted);
  void answer_hurried(std::uint64_t number);
  void serve_in(Microseconds time);

  LoopThread& thread_;
  Links links_;
  const Options& options_;
  const Hooks hooks_;
  std::list<Waiter> waiters_;
  std::optional<Deadlines::Key> timer_;
  std::uint64_t next_ = 1;  ///< The number of the next request.
  bool is_asking_ = false;
  bool ask_again_ = false;
};

}  // namespace evalx::queue::redis
