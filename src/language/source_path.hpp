#pragma once
// Source path: the allowed paths of files in a submission, and how they are passed to a tool.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evalx::language {

inline constexpr std::size_t kMaxSourcePathBytes = 255;

/// Returns the problem of a path in /box; nullopt if it is relative, has no ".", "..", empty part
/// or NUL, and at most kMaxSourcePathBytes.
std::optional<std::string> path_problem(std::string_view path);

/// Returns the path as an argument: with "./" in front where a tool could read it as an option
/// ("-x.c") or as a file of options ("@x").
std::string as_argument(std::string_view path);

/// Returns the element of `endings` that the path ends with, or "". An exact match has priority
/// (".C" is not ".c"); without one, upper and lower case are the same.
std::string_view ending_of(std::string_view path, const std::vector<std::string>& endings);

}  // namespace evalx::language
