#pragma once
// KernelFindings: what this kernel, as this process may use it, offers to the sandbox.

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "finding.hpp"

namespace evalx::app {

/// Tries things out in children and on descriptors of its own; changes nothing that stays. To be
/// called by a process of one thread, before it gives up root.
std::vector<Finding> examine_kernel();

/// "6.1.0-18-amd64": 6 and 1; nullopt if it is no version.
std::optional<std::pair<unsigned, unsigned>> parse_kernel_release(std::string_view release);

}  // namespace evalx::app
