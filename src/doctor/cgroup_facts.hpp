#pragma once
// CgroupFacts: finds out what the control groups of this machine offer.

#include <string_view>

#include "doctor/facts.hpp"
#include "kernel/cgroup/tree.hpp"

namespace evalx::doctor {

/// Makes a control group as a launcher does, and removes it, in a child process. To be called in a
/// process with one thread, before it gives up root. With cgroup v2, memory and pids may stay
/// enabled for groups below the root group.
CgroupFacts look_at_cgroups();

/// The layout of the hierarchies, and which of them has the controllers that evalX needs. Sets only
/// `present` of the controllers; look_at_cgroups() finds out the rest.
CgroupFacts layout_of(const std::vector<kernel::CgroupMount>& mounts);

/// SwapTotal of /proc/meminfo; 0 if it has no such line.
std::uint64_t parse_swap_total_kb(std::string_view meminfo);

}  // namespace evalx::doctor
