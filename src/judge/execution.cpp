#include "judge/execution.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

namespace evalx::judge {
namespace {

/// Other errors, such as ENOMEM, say nothing about the file.
bool is_about_the_file(std::error_code error) {
  return error == std::errc::no_such_file_or_directory || error == std::errc::permission_denied ||
         error == std::errc::executable_format_error;
}

/// Every other error is about a submission's own program: its author chooses headers, segments and
/// interpreter of the file, and execve(2) has many words for mistakes in them.
bool is_about_the_machine(std::error_code error) {
  constexpr std::array kErrors{EAGAIN, EINTR, EIO, EMFILE, ENFILE, ENOMEM, ETXTBSY};
  return std::find(kErrors.begin(), kErrors.end(), error.value()) != kErrors.end();
}

}  // namespace

bool is_own_program(std::string_view argv0) {
  if (argv0.starts_with("/box/")) return true;
  // As execvp(3): a name without a slash is looked up in PATH, any other relative path in /box.
  return !argv0.starts_with('/') && argv0.find('/') != std::string_view::npos;
}

bool is_own_fault(const sandbox::Outcome& outcome, std::string_view argv0) {
  return is_own_program(argv0) && !is_about_the_machine(outcome.start_error);
}

Error start_failure(const sandbox::Outcome& outcome, std::string_view argv0,
                    std::string_view packages) {
  Error error{outcome.start_error, "start " + std::string{argv0}};
  if (is_about_the_file(error.code) && !packages.empty()) {
    error.what.append(" (provided by ").append(packages).append(")");
  }
  return error;
}

}  // namespace evalx::judge
