#pragma once
// Lookup: finds from outside of a box which file a program's name means inside.

#include <string>
#include <system_error>
#include <tl/expected.hpp>
#include <vector>

namespace evalx::sandbox::isolate {

/// The path to start for `name`: `name` itself if it has a slash, otherwise the first match in
/// `environment`'s PATH. `box` is the directory behind /box, with files of ours only; programs see
/// the default directories of the machine and `dirs`. Errors: EACCES if a file of that name cannot
/// be executed, otherwise ENOENT.
tl::expected<std::string, std::error_code> find_program(int box, const std::string& name,
                                                        const std::vector<std::string>& environment,
                                                        const std::vector<std::string>& dirs);

}  // namespace evalx::sandbox::isolate
