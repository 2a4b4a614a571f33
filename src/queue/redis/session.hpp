#pragma once
// Session: this process as a worker in Redis. If it cannot be renewed in time, all jobs are
// stopped.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "queue/redis/cut_off.hpp"
#include "queue/redis/holdings.hpp"
#include "queue/redis/scripts.hpp"

namespace evalx::queue::redis {

/// CLOCK_BOOTTIME, which also runs while the machine sleeps.
Microseconds boot_time();

/// Belongs to the hub's thread. No job can block that thread, and renewals have a connection of
/// their own, so that no job can delay them.
class Session {
 public:
  struct Hooks {
    std::function<std::uint64_t()> oldest_claim;  ///< The oldest that has no reply yet.
    std::function<void()> began;                  ///< Redis knows the session.
    std::function<void()> ended;                  ///< Its claims are void; a new session follows.
    std::function<void(LeaseId)> give_back;       ///< A lease whose grant never arrived here.
    std::function<void(Microseconds)> keep_in;    ///< Calls keep() after this time.
  };
  /// Renewals are sent by `heart`, other scripts by `commands`.
  struct Links {
    const Connection& connection;  ///< That of `heart`.
    Scripts& heart;
    Scripts& commands;
  };
  Session(Links links, Milliseconds lease, Holdings& holdings, CutOff& cut_off, Figures& figures,
          Hooks hooks);

  /// The first call makes this process a worker.
  void begin();
  /// Renews the session when a renewal is due, and ends it at its fence: a fifteenth of the lease
  /// before the lease is over, counted from the time the last renewal was sent. In that time the
  /// programs are killed. Called every 500 ms, and exactly at the fence.
  void keep();
  /// Asks the holders of all jobs to stop, because another process may lease the jobs now. A new
  /// session follows at once.
  void end();
  void announce(std::string announcement);
  /// This process was asked to end: its jobs are released if it dies.
  void end_soon();

  /// False in the last fifth of the lease: its end might soon stop the new jobs.
  [[nodiscard]] bool may_claim() const;
  /// "HOST:PID:RANDOM"; empty before begin().
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  [[nodiscard]] Microseconds fence() const { return renewed_ + lease_ * 14 / 15; }
  void renew();
  void renewed(const Reply& reply, Microseconds sent);
  void send_announcement();
  void send_end();

  Links links_;
  const Milliseconds lease_;
  Holdings& holdings_;
  CutOff& cut_off_;
  Figures& figures_;
  const Hooks hooks_;

  std::string name_;
  bool is_known_ = false;  ///< To Redis.
  // By boot_time().
  std::optional<Microseconds> sent_;    ///< When the last renewal of this session was sent.
  Microseconds renewed_{};              ///< If is_known_: when the last that succeeded was sent.
  std::optional<Microseconds> looked_;  ///< When keep() was called last.
  std::string announcement_;            ///< Empty: none.
  bool is_announced_ = false;
  bool ends_soon_ = false;
};

}  // namespace evalx::queue::redis
