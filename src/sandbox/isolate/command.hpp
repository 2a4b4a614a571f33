#pragma once
// Command: the versions of the tool, and the command lines that evalX gives it.

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "submission/limits.hpp"

namespace evalx::sandbox::isolate {

struct Version {
  unsigned major = 0;
  unsigned minor = 0;

  friend auto operator<=>(const Version&, const Version&) = default;
};

/// The oldest tool with the options and the meta-file that we use. 1.x uses control groups version
/// 1, 2.x version 2, with the same options.
inline constexpr Version kOldest{1, 8};
/// From this version on, the number of open files is an option. Before, it is always 512.
inline constexpr Version kSetsOpenFiles{1, 9};

/// Parses the output of `--version`. Errors: EBADMSG if the tool is not isolate, ENOTSUP if it is
/// older than kOldest.
Result<Version> parse_version(std::string_view text);

/// The tool that start() found.
struct Tool {
  std::string path;
  Version version;
  bool cgroups = false;
  std::vector<std::string> dirs;  ///< Bound read-only if the machine has them.
  bool own_shm = false;           ///< The machine has a /dev/shm: each box covers it with its own.
};

using Argv = std::vector<std::string>;

Argv init_command(const Tool& tool, unsigned box);
Argv cleanup_command(const Tool& tool, unsigned box);
/// `program`: the path to start. The program sees it as its argv[0], because the tool cannot set
/// another one: argv[0] of `argv`, which must not be empty, is not used.
Argv run_command(const Tool& tool, unsigned box, const submission::Limits& limits,
                 const std::string& meta_path, const std::vector<std::string>& environment,
                 const std::string& program, const std::vector<std::string>& argv);

/// Whether the tool can bind the path: absolute, without ':', '=' and "..".
bool is_bindable(std::string_view path);

}  // namespace evalx::sandbox::isolate
