#pragma once
// KernelRules: what a kernel must have for the native engine. Pure.

#include "doctor/facts.hpp"
#include "doctor/finding.hpp"

namespace evalx::doctor {

/// `host` tells whom a fix is for: a machine's owner, or whoever starts a container.
Findings judge_kernel(const KernelFacts& facts, const HostFacts& host);

/// The kernel's own words for an errno.
std::string words_of(Tried error);

/// What a container must be started with for the native engine, and nothing more, in Docker's
/// words: what its launcher needs beyond what containers have by themselves.
std::string container_rights();

}  // namespace evalx::doctor
