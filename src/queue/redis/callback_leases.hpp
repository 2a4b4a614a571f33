#pragma once
// CallbackLeases: the callbacks that this process sends now: renews their leases, and ends their
// attempts; an end whose reply was lost is sent again.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "queue/loop_thread.hpp"
#include "queue/redis/redis_queue.hpp"
#include "queue/redis/scripts.hpp"

namespace evalx::queue::redis {

/// Belongs to the hub's thread.
class CallbackLeases {
 public:
  using Answer = std::function<void(Result<>)>;

  /// All references must outlive this object. `settled` runs when an attempt has ended: its lane
  /// has room.
  CallbackLeases(LoopThread& thread, const Connection& connection, Scripts& scripts,
                 const Options& options, std::function<void()> settled)
      : thread_(thread),
        connection_(connection),
        scripts_(scripts),
        options_(options),
        settled_(std::move(settled)) {}

  /// Renews the lease from now on, until the attempt ends or Redis reports that it is lost.
  void add(const CallbackLease& id);
  /// As Callbacks::settle_callback(). While Redis is out of reach, the answer waits for ten
  /// seconds; after Unavailable the lease is not renewed any more.
  void settle(CallbackLease id, const CallbackEnd& end, Answer answer);
  /// The attempt is not made.
  void give_back(CallbackLease id);
  /// Redis is connected.
  void connected();
  /// Gives back all callbacks. `farewell` is kept until Redis has replied.
  void close(const std::shared_ptr<void>& farewell);

 private:
  struct Settling {
    CallbackLease id;
    std::vector<std::string> args;
    Answer answer;
    std::optional<Deadlines::Key> deadline;  ///< Then the caller is answered Unavailable.
    bool is_asking = false;
    std::shared_ptr<void> farewell{};
  };
  void begin(CallbackLease id, const CallbackEnd& end, Answer answer);
  void ask(std::uint64_t number);
  void finish(std::uint64_t number, Result<> answer);
  void forget(const CallbackLease& id);
  void renew_in_time();
  void renew();

  LoopThread& thread_;
  const Connection& connection_;
  Scripts& scripts_;
  const Options& options_;
  const std::function<void()> settled_;
  bool closed_ = false;
  bool is_renewing_ = false;                             ///< A timer is set.
  std::unordered_map<std::string, std::uint64_t> held_;  ///< By token: the lease.
  std::uint64_t next_ = 1;
  std::map<std::uint64_t, Settling> settling_;
};

}  // namespace evalx::queue::redis
