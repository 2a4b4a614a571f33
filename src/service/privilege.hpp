#pragma once
// Privilege: gives up root for good once the launcher runs.

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace evalx::service {

/// The user that a process started as root becomes: `evalx` if the machine has one, otherwise an
/// unprivileged user of every system.
struct Identity {
  unsigned uid = 0;
  unsigned gid = 0;
  std::string name;
};
Identity unprivileged_identity();

/// Makes the folder and its parents. If this process is root, the folder then belongs to
/// `identity`. Errors: mkdir(2)'s and chown(2)'s, naming the path.
Result<> prepare_folder(const std::filesystem::path& folder, const Identity& identity);

/// Raises RLIMIT_NOFILE to its hard limit; the usual 1024 are too few for a server.
void allow_open_files();

enum class SetuidTools {
  Refused,  ///< By no_new_privs: no process it starts can gain rights.
  Needed,   ///< isolate is setuid root, which has no effect under no_new_privs.
};
SetuidTools setuid_tools_of(config::SandboxKind kind);

/// In a process that is root: drops groups, ids and all capabilities, and checks that root cannot
/// be regained. In any process: sets no_new_privs. If setuid tools are needed, no_new_privs and the
/// bounding set stay unchanged. Errors: those of the failed call.
Result<> give_up_root(const Identity& identity, SetuidTools tools);

}  // namespace evalx::service
