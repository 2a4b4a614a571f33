#pragma once
// Account: what a run came to, in one line and one exit code.

#include <string>

#include "sandbox/sandbox.hpp"
#include "submission/limits.hpp"

namespace evalx::app {

/// The program's own exit code; 128 + its signal; kLimitHit; kInterrupted.
int exit_code_of(const sandbox::Outcome& outcome);

/// "exited 0 · 12 ms cpu · 15 ms wall · 3.4 MiB".
std::string account_of(const sandbox::Outcome& outcome, const submission::Limits& limits);

/// "SIGSEGV", or "signal 40" of one that has no name.
std::string signal_name(int signal);

}  // namespace evalx::app
