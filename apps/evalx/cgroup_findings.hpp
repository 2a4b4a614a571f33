#pragma once
// CgroupFindings: what the machine's cgroups offer: limits, their figures, and swap.

#include <cstdint>
#include <string_view>
#include <vector>

#include "finding.hpp"

namespace evalx::app {

/// Makes a group of its own for a moment. Before the process gives up root.
std::vector<Finding> examine_cgroups();

/// SwapTotal of /proc/meminfo; 0 if there is no such line.
std::uint64_t parse_swap_total_kb(std::string_view meminfo);

}  // namespace evalx::app
