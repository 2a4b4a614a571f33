#pragma once
// Account: the result of a run as one line and one exit code.

#include <string>

#include "sandbox/sandbox.hpp"
#include "submission/limits.hpp"

namespace evalx::app {

/// The exit code of the program; 128 + its signal; kLimitHit; kInterrupted.
int exit_code_of(const sandbox::Outcome& outcome);

/// "exited 0 · 12 ms cpu · 15 ms wall · 3.4 MiB".
std::string account_of(const sandbox::Outcome& outcome, const submission::Limits& limits);

/// "SIGSEGV"; "signal 40" if the signal has no name.
std::string signal_name(int signal);

}  // namespace evalx::app
