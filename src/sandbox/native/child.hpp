#pragma once
// Child: the code between clone and exec. It makes no allocation, takes no lock, writes no log and
// uses no errno, because it shares the memory of the supervisor until the exec (CLONE_VM).

#include <sys/resource.h>
#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace evalx::sandbox::native {

/// The steps that can fail, in order.
enum class Step : std::uint8_t {
  None,
  MountProc,
  CloneProgram,
  JoinGroup,
  SetLimits,
  SetIdentity,
  SetStdio,
  EnterBox,
  Execve,
};
const char* to_string(Step step) noexcept;

struct ResourceLimit {
  int resource = 0;
  rlimit value{};
};

struct ChildPlan {
  // Input.
  std::uint64_t key = 0;                        ///< For keyed system calls (kernel/seccomp.hpp).
  bool own_proc = false;                        ///< A mount namespace and a /proc of its own.
  int clone_into_fd = -1;                       ///< The cgroup v2 directory; -1 with v1.
  std::array<int, 4> join_fds{-1, -1, -1, -1};  ///< The "tasks" files of cgroup v1; -1: no more.
  std::array<ResourceLimit, 8> limits{};
  std::size_t limit_count = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  std::array<int, 3> stdio{};           ///< Become 0, 1 and 2; each above 2.
  char* const* hidden_files = nullptr;  ///< In an own /proc; both lists end with a null pointer.
  char* const* hidden_directories = nullptr;
  const char* path = nullptr;
  char* const* argv = nullptr;
  char* const* environment = nullptr;

  // Output, to be read when the init is dead; started_ns and ended also before, by an atomic load.
  Step failed = Step::None;
  int error = 0;
  bool ended = false;  ///< Written last: the program ended, and `status` says how (wait(2)).
  int status = 0;
  std::int64_t most_resident_kb = 0;  ///< ru_maxrss of the largest process (getrusage(2)).
  std::int64_t started_ns = 0;        ///< CLOCK_MONOTONIC just before execve(2); 0 until then.
  std::int64_t ended_ns = 0;          ///< CLOCK_MONOTONIC just after wait4(2).
};

/// Starts an init, which is pid 1 of a new pid namespace. The init starts the program as pid 2,
/// reaps orphans until the program has ended, writes into `plan` how it ended, and ends as well.
/// Then the kernel kills all processes that are left in the namespace. `plan` must outlive the
/// init. Only one init may live at a time: its stack is static. Returns the init's pid and sets
/// `pidfd`, or returns -errno (clone3(2), Linux >= 5.7).
long start_init(ChildPlan& plan, int& pidfd) noexcept;

/// Mounts a proc of the caller's pid namespace at /proc. Returns 0 or -errno: EPERM if the mount
/// namespace shows no other proc that is not partly covered (user_namespaces(7)).
long mount_proc(std::uint64_t key) noexcept;
/// Covers the files by /dev/null and the directories by an empty one; makes /proc/sys read-only and
/// covers /proc/sys/fs. Returns 0 or -errno.
long hide_in_proc(std::uint64_t key, char* const* files, char* const* directories) noexcept;

}  // namespace evalx::sandbox::native
