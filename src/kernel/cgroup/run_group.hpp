#pragma once
// RunGroup: the cgroup in which one slot's programs run, the same for cgroup v1 and v2
// (cgroups(7)), and a substitute for machines without one.

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
  Bytes memory_peak;  ///< 0: unknown.
  Bytes memory_now;   ///< Still charged after the last process: page cache, files in the box.
  /// The OOM killer killed a process, and the memory limit of this group was met.
  bool memory_limit_hit = false;
  /// A fork or a new thread was refused, because the process limit of this group was met.
  bool process_limit_hit = false;
  // The same without the limit of this group being met: an enclosing group or the machine had no
  // memory or no process left.
  bool was_robbed_of_memory = false;
  bool was_robbed_of_processes = false;
};

/// Times of CPUs since some moment in the past: only their differences have a meaning.
struct Contention {
  Microseconds throttled{};  ///< Enforced waiting in the enclosing groups, by quotas of their CPUs.
  Microseconds busy{};       ///< Used by any process, on the CPUs asked about.
  Microseconds stolen{};     ///< Taken from these CPUs by the hypervisor.
  Microseconds ours{};       ///< Used by all slots of this evalX together.
  /// Waiting of the group for memory while it did not meet a limit of its own: for MemoryHigh= of
  /// an enclosing group, for example. Only version 2 counts it.
  Microseconds stalled{};
};

/// Pooled: made once for each slot and used by one run after the other. It works by descriptors
/// alone, so that the caller needs no access to the cgroup file system. Not thread-safe.
class RunGroup {
 public:
  virtual ~RunGroup() = default;

  /// Sets the limits and resets all counters. The group must have no process.
  virtual Result<> begin(GroupLimits limits) = 0;
  /// User and system time of all processes since begin(), including dead ones.
  [[nodiscard]] virtual Result<Microseconds> cpu_time() const = 0;
  /// All counters since begin(). Call it exactly once for each run, after its last process has
  /// ended: the next begin() takes these values as its zero.
  [[nodiscard]] virtual Result<GroupUsage> usage() const = 0;

  /// The contention around the group on the CPU with this number, or with -1 on all CPUs. All zero
  /// without a cgroup.
  [[nodiscard]] virtual Contention contention(int /*cpu*/) const { return {}; }
  /// How many threads want each CPU of the machine now, on average, with more weight for each if
  /// evalX itself has a lower priority (nice(2)). At least 1. One read of a short file.
  [[nodiscard]] virtual double crowd() const { return 1; }

  /// If false, limits are per process and the caller must set them with rlimits. Then cpu_time()
  /// counts every process that is in /proc, and usage() may miss the time of processes that were
  /// killed between two calls of cpu_time().
  [[nodiscard]] virtual bool holds_limits() const { return true; }

  /// v2: the directory for clone3(CLONE_INTO_CGROUP). v1: -1, and the child writes "0" to each of
  /// join_fds() before it gives up its capabilities.
  [[nodiscard]] virtual int clone_into_fd() const = 0;
  [[nodiscard]] virtual std::span<const int> join_fds() const = 0;

  /// v1: an eventfd that becomes readable when this group or an enclosing one runs out of memory.
  /// v2: -1, because the kernel itself kills the whole group (memory.oom.group).
  [[nodiscard]] virtual int out_of_memory_fd() const = 0;
  /// After an event of that descriptor, which is read here: whether it is this group that has no
  /// memory left.
  [[nodiscard]] virtual bool is_out_of_memory() const { return false; }

  /// Kills every process in the group (v2: cgroup.kill, Linux >= 5.14). A no-op on v1, where only
  /// the run's pid namespace can kill them all.
  virtual void kill() noexcept = 0;
  /// The descriptors that this object uses: they must stay open in a fork that uses it.
  [[nodiscard]] virtual std::vector<int> descriptors() const = 0;
  /// Frees page cache that is still charged to the group, so that the next run starts at zero.
  virtual void reclaim() noexcept = 0;
};

}  // namespace evalx::kernel
