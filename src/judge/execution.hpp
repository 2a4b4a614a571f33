#pragma once
// Execution: when a program cannot be started: is it the submission's fault, or ours?

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace evalx::judge {

/// Whether `error` means that execve(2) refused the program itself (sandbox.hpp, Box::run).
bool is_refused_program(const Error& error);

/// Whether argv[0] names a file of the submission, below /box; otherwise it is a tool of the
/// language.
bool is_own_program(std::string_view argv0);

/// Appends the packages to install, if `error` means that a tool of the language cannot be started;
/// otherwise returns it unchanged.
Error with_packages(Error error, std::string_view packages);

}  // namespace evalx::judge
