#pragma once
// Privilege: giving up root, for good, once the launcher runs.

#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace evalx::app {

/// Whom a process started as root becomes: the user `evalx` where the machine has one, else nobody.
struct Identity {
  unsigned uid = 0;
  unsigned gid = 0;
  std::string name;
};
Identity unprivileged_identity();

/// Makes the folder, with those above it, and gives it to `identity` if this process is root.
/// Errors: mkdir(2)'s and chown(2)'s, naming the path.
Result<> prepare_folder(const std::filesystem::path& folder, const Identity& identity);

/// No-op unless root. Drops groups, ids, all capabilities and the bounding set, and sets no_new_privs; checks that
/// root cannot be had back. Errors: the failed call's.
Result<> give_up_root(const Identity& identity);

}  // namespace evalx::app
