#pragma once
// Claims: asks Redis for jobs while workers wait for them, and hands the jobs out.

#include <cstdint>
#include <map>
#include <memory>
#include <set>

#include "queue/redis/census.hpp"
#include "queue/redis/changes.hpp"
#include "queue/redis/session.hpp"
#include "queue/waiting_line.hpp"

namespace evalx::queue::redis {

/// Belongs to the hub's thread, lease() aside. A claim has a number in its session, so that Redis
/// knows which grants never arrived here.
class Claims {
 public:
  struct Hooks {
    std::function<bool()> is_open;              ///< False while the hub closes.
    std::function<void(const Reply&)> overdue;  ///< Tokens of jobs that have waited too long.
  };
  Claims(LoopThread& thread, const Connection& connection, Scripts& scripts, Changes& changes,
         Census& census, Holdings& holdings, Session& session, Hooks hooks);

  /// From any thread, as WaitingLine::enter().
  void lease(const std::weak_ptr<void>& owner, Milliseconds patience, LeaseCall call) {
    line_.enter(owner, patience, std::move(call));
  }
  /// Jobs may be due: claims some, if calls wait for them. One claim is under way at a time.
  void claim();
  /// Releases a lease that has no holder here. From any thread.
  void give_back(const LeaseId& id);
  void close(const Error& why) { line_.close(why); }

  /// The number of the oldest claim that has no reply yet; if there is none, the next number.
  [[nodiscard]] std::uint64_t oldest() const { return open_.empty() ? next_ : *open_.begin(); }
  /// A new session counts its claims from 1.
  void begin_again();

 private:
  void entered(WaitingLine::Id id, Milliseconds patience);
  void claimed(std::uint64_t number, const Reply& reply);
  void deliver(const Reply& granted);

  const Connection& connection_;
  Scripts& scripts_;
  Changes& changes_;
  Census& census_;
  Holdings& holdings_;
  Session& session_;
  const Hooks hooks_;
  WaitingLine line_;

  std::uint64_t next_ = 1;
  std::set<std::uint64_t> open_;
  bool claim_again_ = false;
  /// Calls that do not want to wait, with the claim that answers them at the latest.
  std::map<WaitingLine::Id, std::uint64_t> hurried_;
};

}  // namespace evalx::queue::redis
