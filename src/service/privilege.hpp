#pragma once
// Privilege: gives up root for good once the launcher runs.

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace evalx::service {

/// The user that a process started as root becomes: `evalx` if the machine has that user, otherwise
/// `nobody`.
struct Identity {
  unsigned uid = 0;
  unsigned gid = 0;
  std::string name;
};
Identity unprivileged_identity();

/// Makes the folder, which only its owner may open, and its parents, which anybody may pass,
/// whatever the umask. Takes the rights of group and others away from a folder that exists. If this
/// process is root, changes the owner of the folder to `identity`, but not that of files in it.
/// Errors: mkdir(2)'s, open(2)'s, chown(2)'s and chmod(2)'s, naming the path; EACCES if a file of
/// the queue or of the programs belongs to a user that evalX is not (a restore, or a user `evalx` that was added
/// later), naming the file and the cure.
Result<> prepare_folder(const std::filesystem::path& folder, const Identity& identity);

enum class SetuidTools {
  Refused,  ///< By no_new_privs: no process it starts can gain rights.
  Needed,   ///< isolate is setuid root, which has no effect under no_new_privs.
};
SetuidTools setuid_tools_of(config::SandboxKind kind);

/// In a process that is root: drops groups, ids and all capabilities, and checks that root cannot
/// be regained. Unless setuid tools are needed, also sets no_new_privs, in any process, and empties
/// the bounding set of root. Errors: those of the failed call.
Result<> give_up_root(const Identity& identity, SetuidTools tools);

}  // namespace evalx::service
