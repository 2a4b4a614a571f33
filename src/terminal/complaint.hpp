#pragma once
// Complaints: one line on stderr for what kept a command from doing its work.

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace evalx::terminal {

/// "evalx COMMAND: text", each line of it.
void complain(std::string_view command, std::string_view text);
/// The same with the error's words. Returns the exit code it means: kMisuse for what the user got
/// wrong (EINVAL), else kFailure.
int complain(std::string_view command, const Error& error);

/// Writes all of it to stdout, or complains. Returns the exit code.
int print_or_complain(std::string_view command, std::string_view text);

/// "what: why", or what alone where that is a sentence made for the user.
std::string words_of(const Error& error);

}  // namespace evalx::terminal
