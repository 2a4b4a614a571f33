#include "doctor/cgroup_facts.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "kernel/fd.hpp"
#include "kernel/file.hpp"
#include "kernel/own_view.hpp"

namespace evalx::doctor {
namespace {

using kernel::CgroupMount;
using kernel::CgroupVersion;
using Layout = CgroupFacts::Layout;

/// With version 2 CPU time is counted without the controller cpu.
std::vector<std::string> needed_controllers(CgroupVersion version) {
  if (version == CgroupVersion::V2) return {"memory", "pids"};
  return {"memory", "pids", "cpuacct"};
}

bool holds(const CgroupMount& mount, std::string_view controller) {
  return std::find(mount.controllers.begin(), mount.controllers.end(), controller) !=
         mount.controllers.end();
}

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

/// Whether the file can be written at all, by its owner. If not, the kernel refuses to open it.
bool takes_writes(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && (status.st_mode & S_IWUSR) != 0;
}

const CgroupMount* mount_of(const std::vector<CgroupMount>& mounts, CgroupVersion version,
                            std::string_view controller) {
  const auto found = std::find_if(mounts.begin(), mounts.end(), [&](const CgroupMount& mount) {
    return mount.version == version && holds(mount, controller);
  });
  return found == mounts.end() ? nullptr : &*found;
}

bool has_all(const std::vector<CgroupMount>& mounts, CgroupVersion version) {
  const auto needed = needed_controllers(version);
  return std::all_of(needed.begin(), needed.end(), [&](const std::string& controller) {
    return mount_of(mounts, version, controller) != nullptr;
  });
}

/// cgroup.subtree_control lists the controllers that groups below may use.
bool is_delegated(const CgroupMount& mount, const std::string& controller) {
  if (mount.version == CgroupVersion::V1) return true;
  const auto text = kernel::read_file(AT_FDCWD, (mount.own + "/cgroup.subtree_control").c_str());
  const auto root = kernel::read_file(AT_FDCWD, (mount.path + "/cgroup.subtree_control").c_str());
  const auto says = [&](const Result<std::string>& words) {
    return words &&
           (" " + words->substr(0, words->find('\n')) + " ").find(" " + controller + " ") !=
               std::string::npos;
  };
  // If we can write the file, we can delegate when we make a group.
  return says(text) || says(root) ||
         ::access((mount.own + "/cgroup.subtree_control").c_str(), W_OK) == 0;
}

void look_at_controllers(const std::vector<CgroupMount>& mounts, CgroupFacts& facts) {
  const auto version = facts.uses_v2 ? CgroupVersion::V2 : CgroupVersion::V1;
  for (CgroupFacts::Controller& controller : facts.controllers) {
    const CgroupMount* mount = mount_of(mounts, version, controller.name);
    if (mount == nullptr) continue;
    controller.delegated = is_delegated(*mount, controller.name);
    controller.writable = ::access(mount->own.c_str(), W_OK) == 0;
  }
}

CgroupFacts seen_at_place(CgroupFacts facts) {
  // As the launcher does.
  static_cast<void>(kernel::open_own_view().has_value());
  const auto tree = kernel::open_cgroup_tree({::geteuid(), ::getegid()});
  if (!tree) {
    facts.problem = tree.error().what + ": " + tree.error().code.message();
    facts.error = tree.error().code.value();
    return facts;
  }
  facts.place = (*tree)->describe();
  const std::string folder = facts.place.substr(facts.place.find('/'));
  facts.has_kill = exists(folder + "/cgroup.kill");
  facts.has_peak = !facts.uses_v2 || exists(folder + "/memory.peak");
  facts.resets_peak = !facts.uses_v2 || takes_writes(folder + "/memory.peak");
  facts.limits_swap =
      exists(folder + (facts.uses_v2 ? "/memory.swap.max" : "/memory.memsw.limit_in_bytes"));
  return facts;
}

/// Runs in a child, because this may change the mounts that a process sees. The child writes what
/// it found to a pipe: an errno and four flags, then two texts, each with a line feed at its end.
void look_at_place(CgroupFacts& facts) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) return;
  const kernel::Fd read{ends[0]};
  kernel::Fd write{ends[1]};
  const pid_t child = ::fork();
  if (child == 0) {
    const CgroupFacts seen = seen_at_place(facts);
    const std::string text =
        std::to_string(seen.error) + " " + std::to_string(seen.has_kill) + " " +
        std::to_string(seen.has_peak) + " " + std::to_string(seen.resets_peak) + " " +
        std::to_string(seen.limits_swap) + "\n" + seen.place + "\n" + seen.problem + "\n";
    ::_exit(kernel::write_all(write.get(), text) ? 0 : 1);
  }
  write = {};
  std::string text;
  std::array<char, 4096> part{};
  for (ssize_t got = 0; (got = ::read(read.get(), part.data(), part.size())) > 0;)
    text.append(part.data(), static_cast<std::size_t>(got));
  if (child > 0) ::waitpid(child, nullptr, 0);
  std::istringstream words(text);
  words >> facts.error >> facts.has_kill >> facts.has_peak >> facts.resets_peak >>
      facts.limits_swap;
  const auto first = text.find('\n');
  const auto second = text.find('\n', first + 1);
  if (first == std::string::npos || second == std::string::npos) return;
  facts.place = text.substr(first + 1, second - first - 1);
  facts.problem = text.substr(second + 1, text.find('\n', second + 1) - second - 1);
}

}  // namespace

CgroupFacts layout_of(const std::vector<CgroupMount>& mounts) {
  CgroupFacts facts;
  const auto has = [&](CgroupVersion version) {
    return std::any_of(mounts.begin(), mounts.end(),
                       [version](const CgroupMount& mount) { return mount.version == version; });
  };
  facts.uses_v2 = has_all(mounts, CgroupVersion::V2) || !has(CgroupVersion::V1);
  if (has(CgroupVersion::V2) && has(CgroupVersion::V1)) {
    facts.layout = facts.uses_v2 ? Layout::V2 : Layout::Hybrid;
  } else if (has(CgroupVersion::V2)) {
    facts.layout = Layout::V2;
  } else if (has(CgroupVersion::V1)) {
    facts.layout = Layout::V1;
  }
  const auto version = facts.uses_v2 ? CgroupVersion::V2 : CgroupVersion::V1;
  for (const std::string& name : needed_controllers(version))
    facts.controllers.push_back({name, mount_of(mounts, version, name) != nullptr});
  return facts;
}

std::uint64_t parse_swap_total_kb(std::string_view meminfo) {
  constexpr std::string_view kKey = "SwapTotal:";
  const auto at = meminfo.find(kKey);
  if (at == std::string_view::npos) return 0;
  meminfo.remove_prefix(at + kKey.size());
  const auto digits = meminfo.find_first_not_of(' ');
  if (digits == std::string_view::npos) return 0;
  const auto number = kernel::parse_number(meminfo.substr(digits));
  return number ? *number : 0;
}

CgroupFacts look_at_cgroups() {
  const auto mountinfo = kernel::read_file(AT_FDCWD, "/proc/self/mountinfo");
  const auto cgroup = kernel::read_file(AT_FDCWD, "/proc/self/cgroup");
  std::vector<CgroupMount> mounts;
  if (mountinfo && cgroup) mounts = kernel::parse_cgroup_mounts(*mountinfo, *cgroup);
  CgroupFacts facts = layout_of(mounts);
  look_at_controllers(mounts, facts);
  look_at_place(facts);
  const auto meminfo = kernel::read_file(AT_FDCWD, "/proc/meminfo");
  facts.swap_total_kb = meminfo ? parse_swap_total_kb(*meminfo) : 0;
  return facts;
}

}  // namespace evalx::doctor
