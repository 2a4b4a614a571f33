#pragma once
// Room: how much of the machine this process and its children may use. The one place that reads the
// limits of the machine and of the control groups around evalX.

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "kernel/cgroup/tree.hpp"

namespace evalx::kernel {

struct FoundLimit {
  enum class Of { Memory, Processes, Cpus };
  Of of = Of::Memory;
  std::uint64_t amount = 0;  ///< Bytes, processes and threads, or thousandths of a CPU.
  std::string source;        ///< "this machine", or the path of a control file.
};

struct Room {
  Bytes memory;
  std::uint64_t processes = 0;        ///< Processes and threads at one time.
  std::uint64_t cpu_thousandths = 0;  ///< 1500: one and a half CPUs, by a quota.
  std::vector<FoundLimit> limits;     ///< All that were found; the tightest of each kind counts.
};

/// The room within these limits; each kind needs one at least.
Room room_of(std::vector<FoundLimit> limits);

/// The limits of the groups that this process is in, and of all that are visible above them.
std::vector<FoundLimit> limits_of_groups(const std::vector<CgroupMount>& mounts);

/// Reads /proc, the affinity of this thread, and control files. A file that cannot be read sets no
/// limit.
Room look_at_room();

}  // namespace evalx::kernel
