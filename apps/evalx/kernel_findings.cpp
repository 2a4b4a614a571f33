#include "kernel_findings.hpp"

#include <fcntl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <climits>

#include "kernel/fd.hpp"
#include "kernel/file.hpp"

namespace evalx::app {
namespace {

using State = Finding::State;

Finding examine_root() {
  const std::string found = "uid " + std::to_string(::geteuid());
  if (::geteuid() == 0) return Finding::good("root", found);
  return {"root", State::Missing, found, "the launcher cannot make sandboxes",
          "sudo evalx doctor; what follows was tried without root"};
}

/// mount_setattr(2) came last of all that the sandbox cannot do without.
constexpr std::pair<unsigned, unsigned> kLeastKernel{5, 12};

Finding examine_release() {
  utsname name{};
  ::uname(&name);
  const auto version = parse_kernel_release(name.release);
  if (version && *version >= kLeastKernel) return Finding::good("kernel", name.release);
  return {"kernel", State::Missing, name.release, "read-only roots cannot be made",
          "install Linux 5.12 or newer"};
}

/// What unshare(2) says to a child: 0 or its errno.
int try_unshare(int flags) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(::unshare(flags) == 0 ? 0 : errno);
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return EAGAIN;
  return WEXITSTATUS(status);
}

std::string words_of(int error) {
  return std::error_code{error, std::system_category()}.message();
}

Finding examine_user_namespaces() {
  const int error = try_unshare(CLONE_NEWUSER);
  if (error == 0) return Finding::good("user namespaces", "can be made");
  return {"user namespaces", State::Missing, words_of(error),
          "programs would run as users of this machine",
          error == ENOSPC ? "sysctl -w user.max_user_namespaces=15000"
                          : "in a container: --security-opt seccomp=unconfined or --privileged"};
}

Finding examine_namespaces() {
  constexpr std::array<std::pair<const char*, int>, 6> kKinds{{{"pid", CLONE_NEWPID},
                                                               {"mount", CLONE_NEWNS},
                                                               {"net", CLONE_NEWNET},
                                                               {"ipc", CLONE_NEWIPC},
                                                               {"uts", CLONE_NEWUTS},
                                                               {"cgroup", CLONE_NEWCGROUP}}};
  std::string good;
  std::string bad;
  for (const auto& [name, flag] : kKinds) {
    const int error = try_unshare(CLONE_NEWUSER | flag);
    std::string& list = error == 0 ? good : bad;
    list.append(list.empty() ? "" : ", ").append(name);
    if (error != 0) list.append(" (" + words_of(error) + ")");
  }
  if (bad.empty()) return Finding::good("other namespaces", good);
  return {"other namespaces", State::Missing, bad,
          "programs would see this machine's processes, files and network",
          "a kernel with CONFIG_NAMESPACES; in a container: --privileged"};
}

Finding examine_seccomp() {
  const auto has_action = [](std::uint32_t action) {
    return ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
  };
  const bool has_kill = has_action(SECCOMP_RET_KILL_PROCESS);
  const bool has_notice = has_action(SECCOMP_RET_USER_NOTIF);
  if (has_kill && has_notice) return Finding::good("seccomp", "filters, with notification");
  return {"seccomp", State::Missing, has_kill ? "filters without notification" : "none",
          "programs could make any system call",
          "a kernel with CONFIG_SECCOMP_FILTER, 5.0 or newer"};
}

Finding examine_mount_api() {
  const long context = ::syscall(SYS_fsopen, "tmpfs", 1 /* FSOPEN_CLOEXEC */);
  const int error = context < 0 ? errno : 0;
  const kernel::Fd owned{static_cast<int>(context)};
  if (error == 0) return Finding::good("mount API", "fsopen makes a tmpfs");
  return {"mount API", State::Missing, "fsopen: " + words_of(error), "boxes cannot be made",
          error == ENOSYS ? "install Linux 5.12 or newer"
                          : "run as root; in a container: --privileged"};
}

/// Whether clone3(2) knows CLONE_INTO_CGROUP: a kernel that does complains of the descriptor
/// before it makes anything.
Finding examine_clone_into_cgroup() {
  clone_args arguments{};
  arguments.flags = CLONE_INTO_CGROUP;
  arguments.cgroup = INT_MAX;
  const bool is_known = ::syscall(SYS_clone3, &arguments, sizeof arguments) < 0 && errno == EBADF;
  if (is_known) return Finding::good("clone into cgroup", "clone3 has it");
  return {"clone into cgroup", State::Missing, "clone3 does not have it",
          "programs cannot be born in their cgroup (version 2)",
          "install Linux 5.7 or newer; in a container: a seccomp profile that allows clone3"};
}

Finding examine_clock() {
  constexpr const char* kFile = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
  auto text = kernel::read_file(AT_FDCWD, kFile);
  std::string name = text ? text->substr(0, text->find('\n')) : "unknown";
  // These need a call into the kernel, and a slow device, for every look at the clock.
  const bool is_slow = name == "hpet" || name == "acpi_pm" || name == "jiffies";
  if (!is_slow) return Finding::good("clock", name);
  return {"clock", State::Reduced, name, "programs that look at the time are slow here",
          "boot with tsc=reliable if this machine's counters can be trusted"};
}

}  // namespace

std::optional<std::pair<unsigned, unsigned>> parse_kernel_release(std::string_view release) {
  unsigned major = 0;
  unsigned minor = 0;
  const char* const end = release.data() + release.size();
  const auto [point, error] = std::from_chars(release.data(), end, major);
  if (error != std::errc{} || point == end || *point != '.') return std::nullopt;
  if (std::from_chars(point + 1, end, minor).ec != std::errc{}) return std::nullopt;
  return std::pair{major, minor};
}

std::vector<Finding> examine_kernel() {
  return {examine_root(),    examine_release(),   examine_user_namespaces(),   examine_namespaces(),
          examine_seccomp(), examine_mount_api(), examine_clone_into_cgroup(), examine_clock()};
}

}  // namespace evalx::app
