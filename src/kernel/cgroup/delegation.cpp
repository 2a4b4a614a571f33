#include "kernel/cgroup/delegation.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>
#include <vector>

#include "kernel/cgroup/protection.hpp"
#include "kernel/file.hpp"

namespace evalx::kernel {
namespace {

constexpr const char* kProcesses = "cgroup.procs";
constexpr const char* kChildren = "cgroup.subtree_control";
constexpr const char* kNoControllers = "-memory -pids";
/// An end takes a few milliseconds; flock(2) has no timeout.
constexpr int kLockTries = 200;
constexpr timespec kLockPause{.tv_sec = 0, .tv_nsec = 5'000'000};

std::string main_file(const char* name) {
  return std::string{Delegation::kMain} + "/" + name;
}

/// Those of `own` and this process that are in the group, as its file `procs` lists them.
std::vector<std::string> members(const Fd& directory, const std::string& procs,
                                 const std::array<pid_t, 2>& own) {
  const std::array wanted{own[0], own[1], ::getpid()};
  std::vector<std::string> found;
  const auto text = read_file(directory.get(), procs.c_str());
  if (!text) return found;
  std::istringstream lines{*text};
  for (std::string pid; std::getline(lines, pid);) {
    const bool is_wanted = std::any_of(wanted.begin(), wanted.end(),
                                       [&pid](pid_t one) { return pid == std::to_string(one); });
    if (is_wanted) found.push_back(pid);
  }
  return found;
}

}  // namespace

Delegation::Delegation(Fd directory)
    : directory_(std::move(directory)), own_{::getppid(), ::getpid()} {}

Result<> Delegation::enable() {
  return write_file(directory_.get(), kChildren, kDelegatedControllers);
}

Result<> Delegation::move_into_main() {
  if (::mkdirat(directory_.get(), kMain, 0755) < 0 && errno != EEXIST)
    return fail(last_error(), "mkdir", kMain);
  for (const std::string& pid : members(directory_, kProcesses, own_)) {
    auto moved = write_file(directory_.get(), main_file(kProcesses).c_str(), pid);
    if (!moved && moved.error().code != std::errc::no_such_process) return moved;
  }
  return {};
}

void Delegation::move_back() {
  for (const std::string& pid : members(directory_, main_file(kProcesses), own_))
    static_cast<void>(write_file(directory_.get(), kProcesses, pid).has_value());
  ::unlinkat(directory_.get(), kMain, AT_REMOVEDIR);  // Fails while another evalX is in it.
}

Result<Delegation> Delegation::prepare(const std::string& directory) {
  EVALX_TRY(Fd open, open_at(AT_FDCWD, directory.c_str(), O_DIRECTORY | O_RDONLY));
  Delegation made{std::move(open)};
  auto done = made.enable();
  if (!done) {
    done = made.move_into_main();
    if (done) done = made.enable();
  }
  if (done) {
    protect_memory(made.directory_.get(), kMain, kServerProtection);
    return made;
  }
  made.move_back();
  made.directory_ = {};
  const std::error_code code = done.error().code;
  if (code == std::errc::device_or_resource_busy)
    return fail(code, "other processes are in the control group " + directory +
                          ": evalX needs one of its own");
  if (code == std::errc::no_such_file_or_directory)
    return fail(code, "memory and pids are not delegated to the control group " + directory);
  return tl::make_unexpected(std::move(done).error());
}

/// Groups that evalX enabled controllers for have the leaf: without it there is nothing to undo.
Delegation::~Delegation() {
  if (!directory_) return;
  struct stat leaf {};
  if (::fstatat(directory_.get(), kMain, &leaf, AT_SYMLINK_NOFOLLOW) < 0) return;
  const Fd again = Fd{::openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  // Held by another evalX that makes its groups here now: it will undo this at its own end.
  if (!again || ::flock(again.get(), LOCK_EX | LOCK_NB) < 0) return;
  // EBUSY while the groups of another evalX have controllers for groups below them.
  const auto disabled = write_file(directory_.get(), kChildren, kNoControllers);
  if (!disabled && disabled.error().code == std::errc::device_or_resource_busy) return;
  move_back();
}

Fd hold_delegation(const std::string& directory) {
  Fd held{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  for (int tries = 0; held && tries < kLockTries; ++tries) {
    if (::flock(held.get(), LOCK_SH | LOCK_NB) == 0) break;
    ::nanosleep(&kLockPause, nullptr);
  }
  return held;
}

}  // namespace evalx::kernel
