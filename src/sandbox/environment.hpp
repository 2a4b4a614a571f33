#pragma once
// Environment: the variables of a program, and the search for it in PATH.

#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <tl/expected.hpp>
#include <vector>

namespace evalx::sandbox {

/// Adds PATH (base/default_path.hpp), HOME and TMPDIR (both /tmp) if they are not set.
void complete_environment(std::vector<std::string>& environment);

/// Called with a path; returns 0 if it can be executed, otherwise the errno with which execve(2)
/// would refuse it.
using Refusal = std::function<int(const std::string& path)>;

/// The path to start for `name`, as execvp(3) finds it: `name` itself if it has a slash, otherwise
/// the first match in the environment's PATH. A name with a slash is not checked. Errors: EACCES if
/// a file of that name cannot be executed, otherwise ENOENT.
tl::expected<std::string, std::error_code> search_program(
    const std::string& name, const std::vector<std::string>& environment, const Refusal& refusal);

}  // namespace evalx::sandbox
