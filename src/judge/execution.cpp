#include "judge/execution.hpp"

namespace evalx::judge {

bool is_refused_program(const Error& error) {
  return error.what.starts_with("execve") && (error.code == std::errc::no_such_file_or_directory ||
                                              error.code == std::errc::permission_denied ||
                                              error.code == std::errc::executable_format_error);
}

bool is_own_program(std::string_view argv0) {
  if (argv0.starts_with("/box/")) return true;
  // As execvp(3): a name without a slash is looked up in PATH, any other relative path in /box.
  return !argv0.starts_with('/') && argv0.find('/') != std::string_view::npos;
}

Error with_packages(Error error, std::string_view packages) {
  if (is_refused_program(error) && !packages.empty()) {
    error.what.append(" (provided by ").append(packages).append(")");
  }
  return error;
}

}  // namespace evalx::judge
