#pragma once
// Privilege: giving up root, for good, once the launcher runs.

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace evalx::service {

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

/// Raises RLIMIT_NOFILE to what is allowed without a right; the usual 1024 are few for a server.
void allow_open_files();

enum class SetuidTools {
  Refused,  ///< By no_new_privs: nothing this process starts has more rights than it.
  Needed,   ///< isolate is setuid root, which it would not be for a process with no_new_privs.
};
SetuidTools setuid_tools_of(config::SandboxKind kind);

/// Of a process that is root: drops groups, ids and all capabilities, and checks that root cannot
/// be had back. Of any process: sets no_new_privs. Where tools are needed, that and the bounding
/// set stay as they were. Errors: the failed call's.
Result<> give_up_root(const Identity& identity, SetuidTools tools);

}  // namespace evalx::service
