#pragma once
// KernelRules: what the native engine needs from the kernel. Pure.

#include "doctor/facts.hpp"
#include "doctor/finding.hpp"

namespace evalx::doctor {

/// `host` decides which fix is suggested: for root, for another user, or for a container.
Findings judge_kernel(const KernelFacts& facts, const HostFacts& host);

/// The text of an errno.
std::string words_of(Tried error);

/// The options, in the syntax of Docker, that a container needs for the native engine, and no more:
/// the rights that its launcher needs in addition to the default ones.
std::string container_rights();

/// The fix for a user other than root in a container.
std::string root_in_container();

}  // namespace evalx::doctor
