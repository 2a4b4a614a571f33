#pragma once
// HostRules: rights, accounts, bounds and disk of the process that serves. Pure.

#include "doctor/facts.hpp"
#include "doctor/finding.hpp"

namespace evalx::doctor {

/// Whether the native engine's launcher may do what it has to.
Findings judge_rights(const HostFacts& facts);

/// What matters whatever runs the programs.
Findings judge_host(const HostFacts& facts);

}  // namespace evalx::doctor
