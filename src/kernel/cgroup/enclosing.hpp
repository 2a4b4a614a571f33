#pragma once
// Enclosing: open files of the control groups around evalX's own, for evidence that one of their
// limits was met, and not a limit of a run; and that others used the CPUs.

#include <string>
#include <string_view>
#include <vector>

#include "kernel/cgroup/run_group.hpp"
#include "kernel/fd.hpp"

namespace evalx::kernel {

/// `own` and the groups above it, up to the mount point of their hierarchy: all that a process can
/// see. In a container the mount point is the container's own group.
std::vector<std::string> enclosing_directories(std::string_view mount, std::string_view own);

/// The use of some CPUs according to /proc/stat (proc(5)).
struct CpuUse {
  Microseconds busy{};
  Microseconds stolen{};
  unsigned cpus = 0;  ///< All that the machine has, not only those asked about.
};
/// The sum over the CPU with this number, or with -1 over all of `cpus`.
CpuUse parse_cpu_use(std::string_view stat, int cpu, const std::vector<int>& cpus);

/// RunGroup::crowd() from the text of /proc/loadavg (proc(5)), for a process of this nice value on
/// a machine with so many CPUs.
double parse_crowd(std::string_view loadavg, unsigned cpus, int nice);

/// Works by descriptors alone, as RunGroup does. Not thread-safe.
class Enclosing {
 public:
  Enclosing() = default;
  /// The groups in which `directory` lies, and `directory` itself, of the controller pids. A group
  /// without pids.max, as the root of all groups, has no limit and is left out.
  static Enclosing open(std::string_view mount, std::string_view directory);

  /// Whether each group could take this many processes more.
  [[nodiscard]] bool has_room_for(unsigned processes) const;
  /// How often these groups refused a process, to any group inside: pids.events.local, which only
  /// version 2 has (Linux >= 6.11). Otherwise 0: there the group of the refused process counts it.
  [[nodiscard]] std::uint64_t refusals() const;

  /// Adds the groups in which `directory` lies, and `directory` itself, of the controller cpu; and
  /// the file with the CPU time of all slots: cpuacct.usage, or cpu.stat in version 2.
  void watch_cpus(std::string_view mount, std::string_view directory, const std::string& ours);
  /// As RunGroup::contention().
  [[nodiscard]] Contention contention(int cpu) const;
  /// As RunGroup::crowd().
  [[nodiscard]] double crowd() const;

  [[nodiscard]] std::vector<int> descriptors() const;

 private:
  [[nodiscard]] CpuUse cpu_use(int cpu) const;

  struct Group {
    Fd most;      ///< pids.max
    Fd now;       ///< pids.current
    Fd refusals;  ///< pids.events.local; may be absent.
  };
  std::vector<Group> groups_;
  struct Quota {
    Fd stat;                ///< cpu.stat
    Microseconds period{};  ///< In which the group may use its quota.
  };
  std::vector<Quota> quotas_;
  Fd ours_;
  Fd machine_;             ///< /proc/stat
  Fd load_;                ///< /proc/loadavg
  int nice_ = 0;           ///< That evalX and its programs have.
  unsigned all_cpus_ = 0;  ///< The machine's, when the files were opened.
  std::vector<int> cpus_;  ///< That this process may run on.
};

}  // namespace evalx::kernel
