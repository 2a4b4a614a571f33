#pragma once
// Execution: what is said of a program that cannot be started, and whose fault that is.

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace evalx::judge {

/// Whether `error` says that execve(2) refused the program itself (sandbox.hpp, Box::run).
bool is_refused_program(const Error& error);

/// Whether argv[0] names a file of the submission's own, below /box, rather than a tool of the
/// language.
bool is_own_program(std::string_view argv0);

/// If a tool of the language could not be started: the error with what to install.
Error with_packages(Error error, std::string_view packages);

}  // namespace evalx::judge
