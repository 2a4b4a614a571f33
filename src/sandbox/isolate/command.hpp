#pragma once
// Command: the tool's generations, and the command lines evalX gives it.

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

/// The oldest tool with the options and the meta-file used here. Control groups are of version 1
/// in all of 1.x and of version 2 from 2.0 on, with the same options.
inline constexpr Version kOldest{1, 8};
/// From here on the number of open files is an option; before, it is always 512.
inline constexpr Version kSetsOpenFiles{1, 9};

/// Reads what `--version` prints. Errors: EBADMSG if that is not isolate, ENOTSUP if it is older
/// than kOldest.
Result<Version> parse_version(std::string_view text);

/// A tool as start() found it.
struct Tool {
  std::string path;
  Version version;
  bool cgroups = false;
  std::vector<std::string> dirs;  ///< Bound read-only where the machine has them.
  bool own_shm = false;           ///< The machine has a /dev/shm, over which an own one is put.
};

using Argv = std::vector<std::string>;

Argv init_command(const Tool& tool, unsigned box);
Argv cleanup_command(const Tool& tool, unsigned box);
/// `program` is the path that is started; argv[0] as the program sees it is the same, since the
/// tool knows no other.
Argv run_command(const Tool& tool, unsigned box, const submission::Limits& limits,
                 const std::string& meta_path, const std::vector<std::string>& environment,
                 const std::string& program, const std::vector<std::string>& argv);

/// Whether the tool can be told of the path: absolute, no ':' or '=' or "..".
bool is_bindable(std::string_view path);

}  // namespace evalx::sandbox::isolate
