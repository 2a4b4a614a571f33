#pragma once
// ResourceLimits: the limits of setrlimit(2) that this process inherited, and its programs inherit.

#include <vector>

#include "doctor/facts.hpp"

namespace evalx::service {

/// Raises hard limits that are below the needs of programs, where this process may, and soft limits
/// that programs inherit or a server needs to the hard ones. A failure is ignored: the doctor
/// reports the limit.
void raise_resource_limits();

/// The hard limits now, with what the most generous limits of a submission need.
std::vector<doctor::ResourceFacts> look_at_resources();

}  // namespace evalx::service
