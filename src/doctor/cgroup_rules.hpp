#pragma once
// CgroupRules: what control groups must offer, and how swap affects memory limits. Pure.

#include "doctor/facts.hpp"
#include "doctor/finding.hpp"

namespace evalx::doctor {

/// Findings about the hierarchy, each controller, and the files that version 2 got later.
Findings judge_cgroups(const CgroupFacts& facts, const HostFacts& host);
Finding judge_swap(const CgroupFacts& facts);

}  // namespace evalx::doctor
