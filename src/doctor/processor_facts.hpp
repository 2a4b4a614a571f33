#pragma once
// ProcessorFacts: what the kernel says about faults of this CPU, and about programs that share a
// core.

#include <string>

#include "doctor/facts.hpp"

namespace evalx::doctor {

/// Reads /sys/devices/system/cpu, /proc/cmdline and /proc/cpuinfo below `root`, and asks the kernel
/// about core scheduling. Facts that a container or an older kernel does not show stay empty.
ProcessorFacts look_at_processor(const std::string& root = {});

}  // namespace evalx::doctor
