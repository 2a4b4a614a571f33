#include "doctor/cgroup_rules.hpp"

#include <cerrno>

#include "doctor/kernel_rules.hpp"

namespace evalx::doctor {
namespace {

using Layout = CgroupFacts::Layout;

const char* word_of(Layout layout) {
  switch (layout) {
    case Layout::None:
      return "none mounted";
    case Layout::V1:
      return "version 1";
    case Layout::V2:
      return "version 2";
    case Layout::Hybrid:
      return "hybrid: the controllers are in version 1";
  }
  return "";
}

constexpr const char* kMountFix =
    "boot with systemd.unified_cgroup_hierarchy=1, or mount -t cgroup2 none /sys/fs/cgroup";

std::string write_fix(const CgroupFacts& facts, const HostFacts& host) {
  if (host.uid != 0) {
    if (host.has_systemd)
      return "start evalx with sudo, or with systemd-run --user --scope -p Delegate=yes evalx ...";
    return host.container.empty() ? "start evalx with sudo" : root_in_container();
  }
  if (!host.container.empty()) return "start the container with " + container_rights();
  return facts.error == EROFS ? "mount -o remount,rw /sys/fs/cgroup"
                              : "set Delegate=yes in the systemd unit of evalx";
}

std::string fix_for(const CgroupFacts& facts, const HostFacts& host) {
  const bool lacks_one = facts.layout == Layout::None || facts.error == ENOTSUP;
  return lacks_one ? kMountFix : write_fix(facts, host);
}

Finding judge_hierarchy(const CgroupFacts& facts, const HostFacts& host) {
  const std::string detail = word_of(facts.layout);
  if (!facts.place.empty()) return good("cgroups", detail + "; evalX uses " + facts.place);
  return missing("cgroups", detail + (facts.problem.empty() ? "" : "; " + facts.problem),
                 "limits apply to each process, not to a run as a whole", fix_for(facts, host));
}

const char* loss_without_controller(const std::string& controller) {
  if (controller == "memory") return "the memory of a run is not limited as a whole";
  if (controller == "pids") return "the number of processes of a run is not limited as a whole";
  return "the CPU time of short-lived processes is not counted";
}

Finding judge_controller(const CgroupFacts::Controller& controller, const CgroupFacts& facts,
                         const HostFacts& host) {
  const std::string name = "cgroup " + controller.name;
  const char* const loss = loss_without_controller(controller.name);
  if (!controller.present) {
    const std::string fix =
        controller.name == "memory" && facts.layout != Layout::None
            ? "boot with cgroup_enable=memory"
        : facts.uses_v2 && facts.layout != Layout::None
            ? "echo +" + controller.name + " > /sys/fs/cgroup/cgroup.subtree_control"
            : kMountFix;
    return missing(name, "not available", loss, fix);
  }
  // If our groups have a place, we may write there, whatever the folder's mode says.
  if (!facts.place.empty()) return good(name, "delegated, writable");
  if (!controller.delegated)
    return missing(name, "not delegated to evalX", loss, write_fix(facts, host));
  if (!controller.writable) return missing(name, "not writable", loss, write_fix(facts, host));
  return good(name, "writable");
}

/// Version 2 got these files later. Version 1 does not need them.
Findings judge_late_files(const CgroupFacts& facts) {
  if (facts.place.empty()) return {};
  if (!facts.uses_v2)
    return {good("cgroup.kill", "not needed with version 1: a run ends with its pid namespace"),
            good("memory.peak", "not needed with version 1, which has an equivalent")};
  Findings findings;
  findings.push_back(
      facts.has_kill ? good("cgroup.kill", "available")
                     : reduced("cgroup.kill", "not available",
                               "processes that a run leaves are killed by their pid namespace only",
                               "install Linux 5.14 or newer"));
  if (!facts.has_peak) {
    findings.push_back(reduced("memory.peak", "not available",
                               "reports show the memory at the end of a run instead of its peak",
                               "install Linux 5.19 or newer"));
  } else if (!facts.resets_peak) {
    findings.push_back(reduced("memory.peak", "available, but cannot be reset",
                               "each run needs a control group of its own, about a millisecond",
                               "install Linux 6.12 or newer"));
  } else {
    findings.push_back(good("memory.peak", "available, reset for each run"));
  }
  return findings;
}

}  // namespace

Findings judge_cgroups(const CgroupFacts& facts, const HostFacts& host) {
  Findings findings{judge_hierarchy(facts, host)};
  for (const CgroupFacts::Controller& controller : facts.controllers)
    findings.push_back(judge_controller(controller, facts, host));
  findings = required(std::move(findings));
  append(findings, judge_late_files(facts));
  return findings;
}

Finding judge_swap(const CgroupFacts& facts) {
  if (facts.swap_total_kb == 0) return good("swap", "none");
  const std::string size = std::to_string(facts.swap_total_kb / 1024) + " MiB";
  if (facts.limits_swap) return good("swap", size + ", not available to programs");
  return reduced("swap", size + ", not limited by control groups",
                 "programs may use swap beyond their memory limit, and slow each other down",
                 "swapoff -a, or boot with cgroup_enable=memory swapaccount=1");
}

}  // namespace evalx::doctor
