#pragma once
// CgroupFacts: what the machine's control groups give us.

#include <string_view>

#include "doctor/facts.hpp"
#include "kernel/cgroup/tree.hpp"

namespace evalx::doctor {

/// Makes a group of its own for a moment. Before the process gives up root.
CgroupFacts look_at_cgroups();

/// How the hierarchies lie, and which of them holds memory, pids and cpu. Controllers are present
/// or not; what else is said of them is looked at.
CgroupFacts layout_of(const std::vector<kernel::CgroupMount>& mounts);

/// SwapTotal of /proc/meminfo; 0 if there is no such line.
std::uint64_t parse_swap_total_kb(std::string_view meminfo);

}  // namespace evalx::doctor
