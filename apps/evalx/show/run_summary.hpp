#pragma once
// RunSummary: the result of a run as one line and one exit code.

#include <string>

#include "sandbox/sandbox.hpp"
#include "submission/limits.hpp"

namespace evalx::app {

/// The exit code of `evalx run`: the program's own; 128 + its signal, SIGSYS for a forbidden call;
/// kLimitHit; kInterrupted after Ctrl-C; kFailure if it could not be started.
int exit_code_of(const sandbox::Outcome& outcome);

/// "exited 0 · 12 ms cpu · 15 ms wall · 3.4 MiB".
std::string run_summary(const sandbox::Outcome& outcome, const submission::Limits& limits);

/// "SIGSEGV"; "signal 40" if the signal has no name.
std::string signal_name(int signal);

}  // namespace evalx::app
