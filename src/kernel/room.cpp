#include "kernel/room.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "kernel/cgroup/enclosing.hpp"
#include "kernel/file.hpp"

namespace evalx::kernel {
namespace {

using Of = FoundLimit::Of;

constexpr const char* kMachine = "this machine";
constexpr std::uint64_t kThousandths = 1000;
/// Version 1 has no word for "no limit": its largest value is LONG_MAX, rounded down to a page.
constexpr std::uint64_t kNoLimitFrom = std::uint64_t{1} << 62U;

/// The number at the beginning of a control file; nullopt for "max" and "-1", and without the file.
std::optional<std::uint64_t> number_in(const std::string& path) {
  const auto text = read_file(AT_FDCWD, path.c_str(), 4096);
  if (!text) return std::nullopt;
  const auto number = parse_number(*text);
  if (!number || *number >= kNoLimitFrom) return std::nullopt;
  return *number;
}

/// The number in a file, as a limit.
void add(std::vector<FoundLimit>& found, Of of, const std::string& path) {
  if (const auto number = number_in(path)) found.push_back({of, *number, path});
}

void add_quota(std::vector<FoundLimit>& found, std::optional<std::uint64_t> quota,
               std::optional<std::uint64_t> period, const std::string& path) {
  if (!quota || !period || *period == 0) return;
  found.push_back({Of::Cpus, *quota * kThousandths / *period, path});
}

void add_v1(std::vector<FoundLimit>& found, const std::string& group) {
  add(found, Of::Memory, group + "/memory.limit_in_bytes");
  add(found, Of::Processes, group + "/pids.max");
  add_quota(found, number_in(group + "/cpu.cfs_quota_us"), number_in(group + "/cpu.cfs_period_us"),
            group + "/cpu.cfs_quota_us");
}

void add_v2(std::vector<FoundLimit>& found, const std::string& group) {
  add(found, Of::Memory, group + "/memory.max");
  add(found, Of::Memory, group + "/memory.high");
  add(found, Of::Processes, group + "/pids.max");
  const std::string file = group + "/cpu.max";  // "30000 100000"
  const auto text = read_file(AT_FDCWD, file.c_str(), 4096);
  if (!text) return;
  const auto quota = parse_number(*text);
  const auto period = parse_number(*text, " ");
  if (quota && period) add_quota(found, *quota, *period, file);
}

/// The smallest amount of this kind.
std::uint64_t tightest(const std::vector<FoundLimit>& limits, Of of) {
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  for (const FoundLimit& limit : limits) {
    if (limit.of == of) least = std::min(least, limit.amount);
  }
  return least;
}

std::vector<FoundLimit> limits_of_machine() {
  std::vector<FoundLimit> found;
  const auto pages = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES));
  const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  found.push_back({Of::Memory, pages * page_bytes, kMachine});
  constexpr std::uint64_t kUsualPids = 32'768;
  found.push_back(
      {Of::Processes, number_in("/proc/sys/kernel/pid_max").value_or(kUsualPids), kMachine});
  add(found, Of::Processes, "/proc/sys/kernel/threads-max");
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  const int count = ::sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? CPU_COUNT(&cpus) : 1;
  found.push_back({Of::Cpus, static_cast<std::uint64_t>(count) * kThousandths, kMachine});
  return found;
}

}  // namespace

Room room_of(std::vector<FoundLimit> limits) {
  Room room;
  room.memory = Bytes{tightest(limits, Of::Memory)};
  room.processes = tightest(limits, Of::Processes);
  room.cpu_thousandths = tightest(limits, Of::Cpus);
  room.limits = std::move(limits);
  return room;
}

std::vector<FoundLimit> limits_of_groups(const std::vector<CgroupMount>& mounts) {
  std::vector<FoundLimit> found;
  for (const CgroupMount& mount : mounts) {
    for (const std::string& group : enclosing_directories(mount.path, mount.own))
      mount.version == CgroupVersion::V2 ? add_v2(found, group) : add_v1(found, group);
  }
  return found;
}

Room look_at_room() {
  std::vector<FoundLimit> limits = limits_of_machine();
  const auto mountinfo = read_file(AT_FDCWD, "/proc/self/mountinfo");
  const auto cgroup = read_file(AT_FDCWD, "/proc/self/cgroup");
  if (mountinfo && cgroup) {
    const auto groups = limits_of_groups(parse_cgroup_mounts(*mountinfo, *cgroup));
    limits.insert(limits.end(), groups.begin(), groups.end());
  }
  return room_of(std::move(limits));
}

}  // namespace evalx::kernel
