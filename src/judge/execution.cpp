#include "judge/execution.hpp"

namespace evalx::judge {
namespace {

/// Other errors, such as ENOMEM, say nothing about the file.
bool is_about_the_file(std::error_code error) {
  return error == std::errc::no_such_file_or_directory || error == std::errc::permission_denied ||
         error == std::errc::executable_format_error;
}

}  // namespace

bool is_own_program(std::string_view argv0) {
  if (argv0.starts_with("/box/")) return true;
  // As execvp(3): a name without a slash is looked up in PATH, any other relative path in /box.
  return !argv0.starts_with('/') && argv0.find('/') != std::string_view::npos;
}

bool is_own_fault(const sandbox::Outcome& outcome, std::string_view argv0) {
  return is_own_program(argv0) && is_about_the_file(outcome.start_error);
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
