#pragma once
// KernelFacts: what this kernel, as this process may use it, says when its mechanisms are tried.

#include "doctor/facts.hpp"

namespace evalx::doctor {

/// Tries things in children and on descriptors of its own; nothing of it stays. To be called by a
/// process of one thread, before it gives up root.
KernelFacts look_at_kernel();

/// The file's number; nullopt if there is no such file, or no number in it.
std::optional<std::uint64_t> number_in(const char* path);

}  // namespace evalx::doctor
