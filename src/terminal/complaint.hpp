#pragma once
// Complaint: prints an error of a command to stderr.

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace evalx::terminal {

/// Prints "evalx COMMAND: text" for each line of the text; without a command "evalx: text".
/// Hides the passwords of URLs.
void complain(std::string_view command, std::string_view text);
/// The same for an error. Returns its exit code: kMisuse for a mistake of the user (EINVAL),
/// otherwise kFailure.
int complain(std::string_view command, const Error& error);

/// Prints "evalx: text" to stderr, dim: something that the user may want to know.
void remark(std::string_view text);

/// Writes the whole text to stdout, or complains. Returns the exit code.
int print_or_complain(std::string_view command, std::string_view text);

}  // namespace evalx::terminal
