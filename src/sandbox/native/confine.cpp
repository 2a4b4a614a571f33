#include "sandbox/native/confine.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

#include "kernel/capability.hpp"
#include "kernel/file.hpp"
#include "kernel/raw_syscall.hpp"
#include "sandbox/native/launcher.hpp"

namespace evalx::sandbox::native {
namespace {

/// Making a slot needs each of them, at the named step.
constexpr std::array kLauncherCapabilities{
    CAP_SETGID,     // writing a slot's gid_map
    CAP_SETUID,     // writing a slot's uid_map; making its cgroup as its user
    CAP_SYS_ADMIN,  // lasting namespaces of slots: unshare, setns, sethostname
};
// CAP_KILL is not needed: the creator of a user namespace has all rights in it
// (user_namespaces(7)).

Result<> become(const IdPlan& ids) {
  // For a launcher without its own user namespace. Otherwise the namespace gives it its rights.
  if (::prctl(PR_SET_KEEPCAPS, 1) < 0) return fail(last_error(), "KEEPCAPS");
  if (::setresgid(ids.gid, ids.gid, ids.gid) < 0) return fail(last_error(), "setresgid");
  if (::setresuid(ids.uid, ids.uid, ids.uid) < 0) return fail(last_error(), "setresuid");
  return {};
}

/// Lets the process' own user write its id maps: while a process is not dumpable, the files of its
/// /proc entry belong to root.
Result<> let_own_user_see(bool may) {
  if (::prctl(PR_SET_DUMPABLE, may ? 1 : 0) < 0) return fail(last_error(), "PR_SET_DUMPABLE");
  return {};
}

/// When the machine or a container runs out of memory, the kernel chooses programs first
/// (child.cpp), then this process and its children, and the server last. Only with this capability
/// can no program lower its own value below that; without it the value stays as it is, because a
/// program with a lower value than its supervisor would outlive it.
void come_before_the_server() {
  constexpr const char* kFile = "/proc/self/oom_score_adj";
  constexpr int kFirst = 1000;
  const auto text = kernel::read_file(AT_FDCWD, kFile, 32);
  if (!text || !kernel::has_capability(CAP_SYS_RESOURCE)) return;
  const int between = (std::atoi(text->c_str()) + kFirst) / 2;
  static_cast<void>(kernel::write_file(AT_FDCWD, kFile, std::to_string(between)).has_value());
}

/// Runs in a child process. Returns its exit code: 0 if all steps succeeded.
int nest(const IdPlan& ids) {
  if (ids.source == IdPlan::Source::Root && !become(ids)) return 1;
  if (!let_own_user_see(true) || ::unshare(CLONE_NEWUSER) < 0) return 1;
  // The owner of the inner namespace must be mapped in the outer one, as a user and as a group.
  for (const auto& [file, text] : {std::pair{"setgroups", std::string{"deny"}},
                                   std::pair{"uid_map", "0 " + std::to_string(ids.uid) + " 1"},
                                   std::pair{"gid_map", "0 " + std::to_string(ids.gid) + " 1"}}) {
    if (!kernel::write_file(AT_FDCWD, ("/proc/self/" + std::string{file}).c_str(), text)) return 1;
  }
  return ::unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 ? 1 : 0;
}

}  // namespace

void leave_what_was_inherited() {
  kernel::raw_syscall(SYS_close_range, kLauncherSocket + 1, ~0U, 0);
  ::fcntl(kLauncherSocket, F_SETFD, FD_CLOEXEC);
  ::clearenv();
  ::prctl(PR_SET_NAME, "evalx-launcher");  // For lists of processes.
  come_before_the_server();
  ::prctl(PR_SET_DUMPABLE, 0);
  // chdir cannot fail. setgroups fails without CAP_SETGID; then the process is not root, and its
  // groups stay.
  [[maybe_unused]] const int moved = ::chdir("/");
  [[maybe_unused]] const int left = ::setgroups(0, nullptr);
}

bool can_nest_user_namespaces(const IdPlan& ids) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(nest(ids));
  int status = 0;
  return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

Result<> confine(const IdPlan& ids, bool own_namespace, kernel::CgroupTree& tree, Keeper& keeper) {
  EVALX_TRY_VOID(tree.enter_as_launcher());
  if (ids.source == IdPlan::Source::Root) EVALX_TRY_VOID(become(ids));
  if (own_namespace) {
    EVALX_TRY_VOID(let_own_user_see(true));
    if (::unshare(CLONE_NEWUSER) < 0) return fail(last_error(), "unshare user");
    // From here on we can open nothing that belongs to root or to another user.
    EVALX_TRY_VOID(keeper.map_ids());
    EVALX_TRY_VOID(let_own_user_see(false));
  } else {
    EVALX_TRY_VOID(
        kernel::raise_capabilities(std::array{CAP_SETGID, CAP_SETPCAP, CAP_SETUID, CAP_SYS_ADMIN}));
  }
  // Without a network; and setns(2) back from a slot's namespaces takes rights over these as well.
  if (::unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) < 0)
    return fail(last_error(), "unshare net, ipc, uts");
  EVALX_TRY_VOID(kernel::lock_securebits());
  return kernel::keep_only_capabilities(kLauncherCapabilities);
}

}  // namespace evalx::sandbox::native
