#pragma once
// KernelFacts: tries the mechanisms of this kernel, with the rights of this process.

#include "doctor/facts.hpp"

namespace evalx::doctor {

/// Tries each mechanism in a child process, or with a descriptor that it closes, and leaves nothing
/// behind. To be called in a process with one thread, before it gives up root.
KernelFacts look_at_kernel();

/// The number in the file; nullopt if the file does not exist or has no number.
std::optional<std::uint64_t> number_in(const char* path);

}  // namespace evalx::doctor
