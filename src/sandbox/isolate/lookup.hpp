#pragma once
// Lookup: which file a program's name means inside a box, told from outside of it.

#include <string>
#include <vector>

#include "base/result.hpp"

namespace evalx::sandbox::isolate {

/// The path to start for `name`: itself if it has a slash, else the first match in `environment`'s
/// PATH. `box` is the directory behind /box, with files of ours only; of the machine the default
/// directories and `dirs` are seen. Errors: "execve `name`" with ENOENT, or EACCES if there is such
/// a file but none that can be executed.
Result<std::string> find_program(int box, const std::string& name,
                                 const std::vector<std::string>& environment,
                                 const std::vector<std::string>& dirs);

}  // namespace evalx::sandbox::isolate
