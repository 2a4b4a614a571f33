#include "cgroup_findings.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "human_units.hpp"
#include "kernel/cgroup/tree.hpp"
#include "kernel/file.hpp"
#include "kernel/own_view.hpp"

namespace evalx::app {
namespace {

using kernel::CgroupVersion;
using State = Finding::State;

std::string fix_for(const std::error_code& error) {
  if (error == std::errc::read_only_file_system)
    return "in a container: --privileged, or /sys/fs/cgroup mounted writable";
  if (error == std::errc::permission_denied || error == std::errc::operation_not_permitted)
    return "run as root, or under systemd with Delegate=yes";
  return "mount cgroup2 with memory, pids and cpu: boot with systemd.unified_cgroup_hierarchy=1";
}

/// The directory that describe() names: "v2 at /sys/fs/cgroup/evalx-1".
std::string path_of(const std::string& description) {
  return description.substr(description.find('/'));
}

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

/// Version 2 came without these; version 1 has always had its own.
std::vector<Finding> examine_v2_files(const std::string& folder) {
  std::vector<Finding> findings;
  if (exists(folder + "/cgroup.kill")) {
    findings.push_back(Finding::good("cgroup.kill", "there"));
  } else {
    findings.push_back({"cgroup.kill", State::Reduced, "not there",
                        "what a run leaves behind is killed one by one", "install Linux 5.14"});
  }
  if (exists(folder + "/memory.peak")) {
    findings.push_back(Finding::good("memory.peak", "there"));
  } else {
    findings.push_back({"memory.peak", State::Reduced, "not there",
                        "reports tell the memory at the end of a run instead of its peak",
                        "install Linux 5.19"});
  }
  return findings;
}

Finding examine_swap(const std::string& swap_file) {
  const auto meminfo = kernel::read_file(AT_FDCWD, "/proc/meminfo");
  const std::uint64_t total_kb = meminfo ? parse_swap_total_kb(*meminfo) : 0;
  if (total_kb == 0) return Finding::good("swap", "none");
  const std::string size = show_size(kibibytes(total_kb));
  if (exists(swap_file)) return Finding::good("swap", size + ", forbidden to programs");
  return {"swap", State::Reduced, size + ", not counted by cgroups",
          "programs may use swap beyond their memory limit, and slow each other down",
          "swapoff -a, or boot with swapaccount=1"};
}

}  // namespace

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

std::vector<Finding> examine_cgroups() {
  static_cast<void>(kernel::open_own_view().has_value());  // As the launcher does.
  auto tree = kernel::open_cgroup_tree();
  if (!tree) {
    return {{"cgroups", State::Missing, tree.error().what + ": " + tree.error().code.message(),
             "nothing would limit memory, processes or CPU time", fix_for(tree.error().code)}};
  }
  const std::string folder = path_of((*tree)->describe());
  std::vector<Finding> findings{
      Finding::good("cgroups", (*tree)->describe() + " (memory, pids, cpu)")};
  const bool is_v2 = (*tree)->version() == CgroupVersion::V2;
  if (is_v2) {
    for (Finding& finding : examine_v2_files(folder)) findings.push_back(std::move(finding));
  }
  const char* swap_file = is_v2 ? "/memory.swap.max" : "/memory.memsw.limit_in_bytes";
  findings.push_back(examine_swap(folder + swap_file));
  return findings;
}

}  // namespace evalx::app
