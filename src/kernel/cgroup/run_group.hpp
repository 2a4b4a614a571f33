#pragma once
// RunGroup: the cgroup in which one slot's programs run, on v1 and on v2 alike (cgroups(7)); or
// what can be had without one.

#include <memory>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace evalx::kernel {

struct GroupLimits {
  Bytes memory;            ///< Swap is never allowed.
  unsigned processes = 0;  ///< Processes and threads at one time.

  friend bool operator==(const GroupLimits&, const GroupLimits&) = default;
};

struct GroupUsage {
  Microseconds cpu_user{};
  Microseconds cpu_system{};
  Bytes memory_peak;               ///< 0: unknown.
  Bytes memory_now;                ///< Left after the last process: page cache, files in the box.
  bool memory_limit_hit = false;   ///< The OOM killer struck.
  bool process_limit_hit = false;  ///< A fork or a new thread was refused.
};

/// Pooled: made once per slot, used by one run after the other. Works by descriptors alone, so
/// that its user needs no view of the cgroup file system. Not thread-safe.
class RunGroup {
 public:
  virtual ~RunGroup() = default;

  /// Sets the limits and starts all counting anew. The group must be empty.
  virtual Result<> begin(GroupLimits limits) = 0;
  /// User and system time since begin(), of all processes, living and dead.
  [[nodiscard]] virtual Result<Microseconds> cpu_time() const = 0;
  /// All counters since begin(). To be called when the run is over: the next begin() counts from
  /// here.
  [[nodiscard]] virtual Result<GroupUsage> usage() const = 0;

  /// False: begin()'s limits are only noted, and hold by rlimits, for each process alone, which who
  /// starts one has to set. Then cpu_time() takes all processes that /proc shows for the run's, and
  /// usage() may lack time of processes that were killed unseen.
  [[nodiscard]] virtual bool holds_limits() const { return true; }

  /// v2: the directory for clone3(CLONE_INTO_CGROUP). v1: -1, and the child writes "0" to each of
  /// join_fds() before it gives up its rights.
  [[nodiscard]] virtual int clone_into_fd() const = 0;
  [[nodiscard]] virtual std::span<const int> join_fds() const = 0;

  /// v1: an eventfd that becomes readable when the group runs out of memory. v2: -1, as there the
  /// kernel ends the whole group by itself (memory.oom.group).
  [[nodiscard]] virtual int out_of_memory_fd() const = 0;

  /// Kills every process inside (v2: cgroup.kill, Linux >= 5.14). A no-op on v1, where the run's
  /// pid namespace is the only handle.
  virtual void kill() noexcept = 0;
  /// All that it works by.
  [[nodiscard]] virtual std::vector<int> descriptors() const = 0;
  /// Gives back page cache that is still charged, so that the next run starts from nothing.
  virtual void reclaim() noexcept = 0;
};

}  // namespace evalx::kernel
