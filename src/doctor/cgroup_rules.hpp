#pragma once
// CgroupRules: what control groups must give, and what swap means for memory limits. Pure.

#include "doctor/facts.hpp"
#include "doctor/finding.hpp"

namespace evalx::doctor {

/// Of the hierarchy, of each controller, and of what came late to version 2.
Findings judge_cgroups(const CgroupFacts& facts, const HostFacts& host);
Finding judge_swap(const CgroupFacts& facts);

}  // namespace evalx::doctor
