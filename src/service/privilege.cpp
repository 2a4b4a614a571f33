#include "service/privilege.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.hpp"
#include "kernel/capability.hpp"
#include "kernel/file.hpp"

namespace evalx::service {
namespace {

/// The kernel's overflow id, for a machine without a user database.
constexpr unsigned kOverflowId = 65534;
/// A folder above the data folder: the service's user must be able to pass it, whatever the umask.
constexpr mode_t kPassable = 0755;
constexpr mode_t kPrivate = 0700;
constexpr mode_t kRightsOfOthers = 077;
/// A restore or a copy by another user changes the owner of all files, so the first ones are
/// enough, and a start stays fast beside thousands of compiled programs.
constexpr int kLookedAtMax = 1000;

Result<> make_passable(const std::filesystem::path& folder) {
  std::error_code unknown;  // An error shows in mkdir(2) below.
  if (folder.empty() || std::filesystem::exists(folder, unknown)) return {};
  EVALX_TRY_VOID(make_passable(folder.parent_path()));
  if (::mkdir(folder.c_str(), kPassable) < 0 && errno != EEXIST)
    return fail(last_error(), "make the folder", folder.string());
  if (::chmod(folder.c_str(), kPassable) < 0) return fail(last_error(), "chmod", folder.string());
  return {};
}

/// Takes the rights of group and others away, which an earlier evalX or a restore may have given.
Result<> make_private(const kernel::Fd& open, const std::filesystem::path& folder) {
  struct stat facts {};
  if (::fstat(open.get(), &facts) < 0) return fail(last_error(), "stat", folder.string());
  if ((facts.st_mode & kRightsOfOthers) == 0) return {};
  if (::fchmod(open.get(), facts.st_mode & kPrivate) == 0) return {};
  // Without root, in the folder of another user: a volume of a container, for example.
  if (errno != EPERM) return fail(last_error(), "chmod", folder.string());
  log::warning("other users may open the data folder, and its owner must run: chmod go= DIR",
               {{"dir", folder.string()}});
  return {};
}

/// Fails if a file belongs to another user, and could not be written later.
Result<> check_owner(const std::filesystem::path& path, const Identity& identity,
                     const std::filesystem::path& data_folder) {
  const bool is_root = ::geteuid() == 0;
  const uid_t owner = is_root ? identity.uid : ::geteuid();
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) < 0 || facts.st_uid == owner) return {};
  if (!is_root && ::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0) return {};
  const std::string user = is_root ? identity.name : std::to_string(owner);
  return fail(std::make_error_code(std::errc::permission_denied),
              path.string() + " belongs to the user id " + std::to_string(facts.st_uid) +
                  ", but evalX runs as " + user + " (run: chown -R " + user + " " +
                  data_folder.string() + ")");
}

/// Only evalX's own folders are looked at: beside them may be others' files, such as lost+found.
Result<> check_owners(const std::filesystem::path& folder, const Identity& identity) {
  int looked_at = 0;
  for (const char* own : {"queue", "artifacts"}) {
    const std::filesystem::path inner = folder / own;
    EVALX_TRY_VOID(check_owner(inner, identity, folder));
    std::error_code end;  // No such folder, or one that cannot be read.
    for (std::filesystem::recursive_directory_iterator at{inner, end}, none;
         !end && at != none && ++looked_at <= kLookedAtMax; at.increment(end)) {
      EVALX_TRY_VOID(check_owner(at->path(), identity, folder));
    }
  }
  return {};
}

}  // namespace

Identity unprivileged_identity() {
  for (const char* name : {"evalx", "nobody"}) {
    if (const passwd* user = ::getpwnam(name)) return {user->pw_uid, user->pw_gid, name};
  }
  return {kOverflowId, kOverflowId, "nobody"};
}

Result<> prepare_folder(const std::filesystem::path& folder, const Identity& identity) {
  // An absolute path without a slash at its end: its parent is the folder above it.
  const std::filesystem::path path = std::filesystem::absolute(folder / ".").parent_path();
  EVALX_TRY_VOID(make_passable(path.parent_path()));
  if (::mkdir(path.c_str(), kPrivate) < 0 && errno != EEXIST)
    return fail(last_error(), "make the folder", folder.string());
  EVALX_TRY(const kernel::Fd open, kernel::open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY));
  if (::geteuid() == 0 && ::fchown(open.get(), identity.uid, identity.gid) < 0)
    return fail(last_error(), "chown", folder.string());
  EVALX_TRY_VOID(make_private(open, folder));
  return check_owners(path, identity);
}

SetuidTools setuid_tools_of(config::SandboxKind kind) {
  return kind == config::SandboxKind::Isolate ? SetuidTools::Needed : SetuidTools::Refused;
}

Result<> give_up_root(const Identity& identity, SetuidTools tools) {
  if (tools == SetuidTools::Refused && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
    return fail(last_error(), "no_new_privs");
  if (::geteuid() != 0) return {};
  // A setuid tool gets no capability outside this set.
  if (tools == SetuidTools::Refused) EVALX_TRY_VOID(kernel::empty_bounding_set());
  if (::setgroups(0, nullptr) < 0) return fail(last_error(), "setgroups");
  if (::setresgid(identity.gid, identity.gid, identity.gid) < 0)
    return fail(last_error(), "setresgid", identity.name);
  // With the last of the three ids no longer 0 the kernel clears every capability
  // (capabilities(7), "Effect of user ID changes on capabilities").
  if (::setresuid(identity.uid, identity.uid, identity.uid) < 0)
    return fail(last_error(), "setresuid", identity.name);
  if (::setuid(0) == 0)
    return fail(std::make_error_code(std::errc::operation_not_permitted),
                "give up root: the process could regain it");
  return {};
}

}  // namespace evalx::service
