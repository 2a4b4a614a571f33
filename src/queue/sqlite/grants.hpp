#pragma once
// Grants: leases jobs to the workers that wait for one.

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "queue/sqlite/writer_parts.hpp"
#include "queue/waiting_line.hpp"

namespace evalx::queue::sqlite {

/// Belongs to the writer's thread, lease() aside.
class Grants {
 public:
  struct Hooks {
    std::function<bool()> is_open;           ///< False once no job may be leased.
    std::function<void()> expire_overdue;    ///< Before jobs are leased.
    std::function<void(LeaseId)> give_back;  ///< From any thread: releases it; its caller is gone.
  };
  Grants(WriterParts parts, Hooks hooks);

  /// From any thread, as WaitingLine::enter().
  void lease(const std::weak_ptr<void>& owner, Milliseconds patience, LeaseCall call) {
    line_.enter(owner, patience, std::move(call));
  }
  /// Leases due jobs to waiting calls, until no call waits or no job is due.
  void grant();
  /// Sets the timer for the next job that becomes due.
  void wake_when_due();
  void close(const Error& why) { line_.close(why); }

  /// When this process asked for a job for the first time.
  [[nodiscard]] std::optional<Clock::WallInstant> worker_since() const { return worker_since_; }

 private:
  struct Grant {
    Backlog::Waiting job;
    std::uint64_t lease = 0;
    JobTable::Granted stored;
    std::stop_token stop;
    bool has_events = false;
  };

  void entered(WaitingLine::Id id, Milliseconds patience);
  void grant_soon();
  std::vector<Grant> take_due();
  Result<> store(std::vector<Grant>& grants);
  void deliver(Grant& grant);

  WriterParts parts_;
  const Hooks hooks_;
  WaitingLine line_;
  std::optional<Clock::WallInstant> worker_since_;
  bool grant_posted_ = false;
  std::optional<Clock::Instant> due_wake_;  ///< When the timer is set for a delayed job.
};

}  // namespace evalx::queue::sqlite
