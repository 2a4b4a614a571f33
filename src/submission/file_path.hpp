#pragma once
// The rules for names of submitted files: no name that could trick a program gets into a box.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "submission/field_errors.hpp"
#include "submission/submission.hpp"

namespace evalx::submission {

/// Why `path` may not name a submitted file; nullopt if it may. Allowed: relative paths of at most
/// kMaxPathBytes in UTF-8, without empty, "." or ".." parts, backslashes, control characters, or a
/// leading "-", which a compiler would read as an option.
std::optional<std::string> path_complaint(std::string_view path);

/// Complains about paths given twice, and about a file path that is the directory of another file.
void check_paths_together(std::span<const ProgramFile> files, Complaints& complaints);

}  // namespace evalx::submission
