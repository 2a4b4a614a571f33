#pragma once
// Source path: what a file of a submission may be called, and how its name is given to a tool.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evalx::language {

inline constexpr std::size_t kMaxSourcePathBytes = 255;

/// What is wrong with a path below /box, or nullopt: relative, no "..", no empty part, no NUL.
std::optional<std::string> path_problem(std::string_view path);

/// The path as one argument that no tool takes for an option ("-x.c") or a file of options ("@x").
std::string as_argument(std::string_view path);

/// The ending of `endings` that the path has, or "" if none. Endings compare exactly (".C" is not
/// ".c"), and in any case of letters only if none is exact.
std::string_view ending_of(std::string_view path, const std::vector<std::string>& endings);

std::string lower(std::string_view text);

}  // namespace evalx::language
