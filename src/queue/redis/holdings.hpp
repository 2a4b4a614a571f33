#pragma once
// Holdings: the jobs that this process has leased.

#include <cstdint>
#include <deque>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>

#include "queue/work.hpp"

namespace evalx::queue::redis {

/// Belongs to the hub's thread.
class Holdings {
 public:
  enum class Holder { IsDone, MustStop };  ///< MustStop: remove() also asks the holder to stop.
  /// An event of a job that Redis has not confirmed.
  struct Event {
    std::uint64_t number = 0;  ///< 1 for the first event under this lease.
    std::string kind, data;
  };
  struct Held {
    std::uint64_t lease = 0;
    std::stop_source stop;
    std::uint64_t events = 0;  ///< The number of the last event; see Outbox.
    std::deque<Event> unconfirmed;
    bool is_stalled = false;  ///< All of `unconfirmed` must be sent again, before others.
  };
  using Jobs = std::unordered_map<std::string, Held>;

  /// Returns the token by which the holder is asked to stop.
  std::stop_token add(const LeaseId& id);
  /// False if the job is not held under this lease.
  bool remove(const LeaseId& id, Holder holder);
  /// Asks all holders to stop.
  void stop_all();
  /// Asks all holders to stop and removes the jobs, which it returns.
  Jobs remove_all();

  [[nodiscard]] std::optional<std::uint64_t> lease_of(const std::string& token) const;
  /// nullptr if the job is not held under this lease. Valid until it is removed.
  Held* find(const LeaseId& id);
  [[nodiscard]] Jobs& jobs() { return jobs_; }

 private:
  Jobs jobs_;
};

}  // namespace evalx::queue::redis
