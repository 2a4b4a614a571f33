#pragma once
// HostRules: rights, account, limits and disk of the server. Pure.

#include "doctor/facts.hpp"
#include "doctor/finding.hpp"

namespace evalx::doctor {

/// Whether the launcher of the native engine has the rights that it needs.
Findings judge_rights(const HostFacts& facts);

/// The finding that is not about something that is missing, but too low.
inline constexpr const char* kInheritedLimits = "inherited limits";

/// Whether the limits that the native engine's programs inherit are high enough for all of them.
Finding judge_resources(const HostFacts& facts);

/// Findings that matter for both engines.
Findings judge_host(const HostFacts& facts);

}  // namespace evalx::doctor
