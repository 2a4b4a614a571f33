#pragma once
// Claims: leases jobs from Redis while workers' calls wait, and answers the calls with them.

#include <cstdint>
#include <map>
#include <memory>
#include <set>

#include "queue/redis/census.hpp"
#include "queue/redis/changes.hpp"
#include "queue/redis/session.hpp"
#include "queue/waiting_line.hpp"

namespace evalx::queue::redis {

/// Belongs to the hub's thread, lease() aside. A claim is one run of claim.lua. Redis stores its
/// number with each job that it grants. If the reply is lost, the next renewal reports that this
/// number is closed and names the jobs held here; Redis returns the other ones.
class Claims {
 public:
  struct Hooks {
    std::function<bool()> is_open;              ///< False while the hub closes.
    std::function<void(const Reply&)> overdue;  ///< Ends these jobs, which have waited too long.
  };
  Claims(LoopThread& thread, const Connection& connection, Scripts& scripts, Changes& changes,
         Census& census, Holdings& holdings, Session& session, Hooks hooks);

  /// From any thread, as WaitingLine::enter().
  void lease(const std::weak_ptr<void>& owner, Milliseconds patience, LeaseCall call) {
    line_.enter(owner, patience, std::move(call));
  }
  /// Call it when jobs may be due. Sends a claim if calls wait; at most one is under way, and a
  /// call meanwhile makes another follow.
  void claim();
  /// Releases a lease that nothing here holds. From any thread.
  void give_back(const LeaseId& id);
  void close(const Error& why) { line_.close(why); }

  /// The number of the oldest claim that has no reply yet; if there is none, the next number.
  [[nodiscard]] std::uint64_t oldest() const { return open_.empty() ? next_ : *open_.begin(); }
  /// A new session has begun: its claims are counted from 1.
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
  /// Calls without patience, each with the number of the claim whose reply answers it.
  std::map<WaitingLine::Id, std::uint64_t> hurried_;
};

}  // namespace evalx::queue::redis
