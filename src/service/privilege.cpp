#include "service/privilege.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kernel/capability.hpp"

namespace evalx::service {
namespace {

/// The kernel's overflow id, for a machine without a user database.
constexpr unsigned kOverflowId = 65534;

}  // namespace

Identity unprivileged_identity() {
  for (const char* name : {"evalx", "nobody"}) {
    if (const passwd* user = ::getpwnam(name)) return {user->pw_uid, user->pw_gid, name};
  }
  return {kOverflowId, kOverflowId, "nobody"};
}

Result<> prepare_folder(const std::filesystem::path& folder, const Identity& identity) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(error, "make the folder", folder.string());
  if (::geteuid() != 0) return {};
  if (::chown(folder.c_str(), identity.uid, identity.gid) < 0)
    return fail(last_error(), "chown", folder.string());
  return {};
}

void allow_open_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
  limit.rlim_cur = limit.rlim_max;
  // On failure the limit stays as it is; the doctor reports it.
  [[maybe_unused]] const int answer = ::setrlimit(RLIMIT_NOFILE, &limit);
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
