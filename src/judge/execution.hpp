#pragma once
// Execution: when a program cannot be started: is it the submission's fault, or ours?

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sandbox/sandbox.hpp"

namespace evalx::judge {

/// Whether argv[0] names a file of the submission's own, below /box, rather than a tool of the
/// language.
bool is_own_program(std::string_view argv0);

/// Whether a run with the cause NotStarted is the submission's fault: execve(2) refused its own
/// program, and not for want of memory or descriptors.
bool is_own_fault(const sandbox::Outcome& outcome, std::string_view argv0);

/// The error for every other run with the cause NotStarted. If a tool of the language is missing,
/// the text names `packages`, the Debian packages that contain it; empty if they are not known.
Error start_failure(const sandbox::Outcome& outcome, std::string_view argv0,
                    std::string_view packages);

}  // namespace evalx::judge
