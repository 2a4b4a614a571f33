#include "doctor/kernel_facts.hpp"

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <string>

#include "kernel/fd.hpp"
#include "kernel/file.hpp"
#include "kernel/own_view.hpp"

namespace evalx::doctor {
namespace {

using kernel::Fd;

Tried tried(long answer) {
  return answer < 0 ? errno : 0;
}

/// Runs `attempt` in a child process. Returns its result: 0, or an errno.
template <class Attempt>
Tried try_in_child(Attempt attempt) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(attempt());
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return EAGAIN;
  return WEXITSTATUS(status);
}

Tried try_unshare(int flags) {
  return try_in_child([flags] { return tried(::unshare(flags)); });
}

void look_at_namespaces(KernelFacts& facts) {
  constexpr std::array<std::pair<const char*, int>, 6> kKinds{{{"pid", CLONE_NEWPID},
                                                               {"mount", CLONE_NEWNS},
                                                               {"net", CLONE_NEWNET},
                                                               {"ipc", CLONE_NEWIPC},
                                                               {"uts", CLONE_NEWUTS},
                                                               {"cgroup", CLONE_NEWCGROUP}}};
  int all = CLONE_NEWUSER;
  for (const auto& [kind, flag] : kKinds) all |= flag;
  // Usually all kinds are available: then one child is enough.
  const bool good = try_unshare(all) == 0;
  facts.user_namespace = good ? 0 : try_unshare(CLONE_NEWUSER);
  for (const auto& [kind, flag] : kKinds)
    facts.namespaces.push_back({kind, good ? 0 : try_unshare(CLONE_NEWUSER | flag)});
  facts.max_user_namespaces = number_in("/proc/sys/user/max_user_namespaces");
  facts.unprivileged_userns_clone = number_in("/proc/sys/kernel/unprivileged_userns_clone");
  facts.apparmor_restricts_userns =
      number_in("/proc/sys/kernel/apparmor_restrict_unprivileged_userns");
}

/// If a container covers a part of /proc, this fails with EPERM.
Tried try_proc_mount() {
  return try_in_child([] {
    static_cast<void>(kernel::open_own_view().has_value());  // As the launcher does.
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID) < 0) return errno;
    // Only a child is in the new pid namespace and may mount its proc.
    return try_in_child([] { return tried(::mount("proc", "/proc", "proc", MS_NOSUID, nullptr)); });
  });
}

void look_at_seccomp(KernelFacts& facts) {
  const auto has_action = [](std::uint32_t action) {
    return ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
  };
  facts.filter_kills = has_action(SECCOMP_RET_KILL_PROCESS);
  facts.filter_notifies = has_action(SECCOMP_RET_USER_NOTIF);
  facts.no_new_privs = try_in_child([] { return tried(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); });
}

void look_at_processes(KernelFacts& facts) {
  const long pidfd = ::syscall(SYS_pidfd_open, ::getpid(), 0);
  facts.pidfd = tried(pidfd);
  const Fd owned{static_cast<int>(pidfd)};
  // The kernel refuses a wrong size and a wrong descriptor before it makes anything. A kernel that
  // does not know the call or the flag returns another errno.
  facts.clone3 = tried(::syscall(SYS_clone3, nullptr, 0));
  if (facts.clone3 == EINVAL) facts.clone3 = 0;
  clone_args arguments{};
  arguments.flags = CLONE_INTO_CGROUP;
  arguments.cgroup = INT_MAX;
  facts.clone_into_cgroup = tried(::syscall(SYS_clone3, &arguments, sizeof arguments));
  if (facts.clone_into_cgroup == EBADF) facts.clone_into_cgroup = 0;
}

/// For a call with arguments that a kernel with this call refuses with EINVAL.
Tried known(long answer) {
  const Tried error = tried(answer);
  return error == EINVAL ? 0 : error;
}

void become_root_of_the_namespace(const std::string& uid, const std::string& gid) {
  // If these fail, an attempt that needs an owner fails as well, and is reported.
  static_cast<void>(kernel::write_file(AT_FDCWD, "/proc/self/setgroups", "deny").has_value());
  static_cast<void>(kernel::write_file(AT_FDCWD, "/proc/self/uid_map", uid).has_value());
  static_cast<void>(kernel::write_file(AT_FDCWD, "/proc/self/gid_map", gid).has_value());
}

/// Runs `attempt` where a slot makes its mounts: in a user namespace with its own mount namespace.
template <class Attempt>
Tried try_in_namespace(Attempt attempt) {
  return try_in_child([attempt] {
    const std::string uid = "0 " + std::to_string(::geteuid()) + " 1";
    const std::string gid = "0 " + std::to_string(::getegid()) + " 1";
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0) return errno;
    become_root_of_the_namespace(uid, gid);
    return attempt();
  });
}

void look_at_mounts(KernelFacts& facts) {
  facts.fsopen =
      try_in_namespace([] { return tried(::syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC)); });
  facts.open_tree = try_in_namespace([] {
    return tried(::syscall(SYS_open_tree, AT_FDCWD, "/",
                           OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
  });
  constexpr unsigned kNoFlags = ~0U;
  facts.move_mount =
      try_in_namespace([] { return known(::syscall(SYS_move_mount, -1, "", -1, "", kNoFlags)); });
  facts.mount_setattr =
      try_in_namespace([] { return known(::syscall(SYS_mount_setattr, -1, "", 0, nullptr, 0)); });
  facts.tmpfile = try_in_namespace([] {
    if (::mount("tmpfs", "/tmp", "tmpfs", 0, nullptr) < 0) return errno;
    const Tried error = tried(::open("/tmp", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
    // The flag is supported, but this root may not map its own id, which takes CAP_SETFCAP
    // (user_namespaces(7), Linux >= 5.12). The launcher maps other ids.
    return error == EOVERFLOW ? 0 : error;
  });
  facts.proc_mount = try_proc_mount();
}

}  // namespace

std::optional<std::uint64_t> number_in(const char* path) {
  const auto text = kernel::read_file(AT_FDCWD, path);
  if (!text) return std::nullopt;
  const auto number = kernel::parse_number(*text);
  return number ? std::optional{*number} : std::nullopt;
}

KernelFacts look_at_kernel() {
  KernelFacts facts;
  utsname name{};
  ::uname(&name);
  facts.release = name.release;
  look_at_namespaces(facts);
  look_at_seccomp(facts);
  look_at_processes(facts);
  look_at_mounts(facts);
  return facts;
}

}  // namespace evalx::doctor
