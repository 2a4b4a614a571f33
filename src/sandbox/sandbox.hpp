#pragma once
// Sandbox: the contract of both engines. It takes files and a command, and returns an Outcome.
// contract_*_test.cpp tests it on both.

#include <array>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/result.hpp"
#include "base/seccomp_profile.hpp"
#include "base/task.hpp"
#include "kernel/fd.hpp"
#include "submission/limits.hpp"
#include "submission/report.hpp"

namespace evalx::sandbox {

/// Files packed into one descriptor (sandbox/pack.hpp); shared and read-only.
using PackFd = std::shared_ptr<const kernel::Fd>;

enum class Proc {
  Shared,  ///< /proc shows the program's own processes, but under other numbers than getpid().
  Own,     ///< A /proc of the run's own pid namespace: right numbers, takes about 0.2 ms more.
};

struct BoxSpec {
  PackFd files;  ///< Placed into /box: root-owned, read-only. May be null.
  /// For what programs write in /box, /tmp and /dev/shm together; `files` come on top.
  Bytes size = mebibytes(64);
  unsigned inodes = 4096;
  SeccompProfile profile = SeccompProfile::Standard;  ///< For all runs in the box.
  /// Kept until the box and all processes that ran in it are gone, which can be later than the
  /// answer of a run: a permit, for example.
  std::shared_ptr<const void> held;
};

struct RunSpec {
  std::vector<std::string> argv;  ///< argv[0]: a path, or a name looked up in the box's PATH.
  std::vector<std::string> environment;  ///< "NAME=value"; PATH, HOME and TMPDIR are set if absent.
  submission::Limits limits;
  std::string stdin_bytes;
  /// Descriptors that the program gets as 0, 1 and 2, instead of stdin_bytes and captured outputs.
  /// The output limit does not apply then. For a user at a terminal.
  std::optional<std::array<int, 3>> stdio;
  Proc proc = Proc::Own;
  /// The name of a directory in /box, without a slash. It is made before the run, if it does not
  /// exist, and the program may write to it. After a run that exited 0, Outcome::taken has all
  /// regular files below it; links, sockets and devices are left out.
  std::optional<std::string> take;
  Bytes take_max = mebibytes(64);  ///< For all of these files together.
  std::stop_token stop;            ///< On request the program is killed, with the cause Cancelled.
};

/// Why the program ended. The cause comes from a record of evalX or of the kernel, and is never
/// guessed from an exit code.
enum class Cause {
  Exited,    ///< It ended itself, with exit_code.
  Signaled,  ///< A signal ended it, and evalX had not sent it.
  CpuTime,
  WallTime,
  Memory,  ///< The kernel's OOM killer acted in its cgroup, whose limit was met.
  Output,
  Forbidden,  ///< It was killed for a system call that the filter forbids.
  Cancelled,
  NotStarted,  ///< execve(2) refused it, see start_error. It has not run.
};

struct Outcome {
  Cause cause = Cause::Exited;
  int exit_code = 0;
  int signal = 0;
  std::error_code start_error;  ///< With NotStarted: ENOENT, EACCES, ENOEXEC …
  Microseconds cpu_user{};
  Microseconds cpu_system{};
  Microseconds wall{};
  Bytes memory_peak;
  submission::Output out;
  submission::Output err;
  bool process_limit_hit = false;
  /// Evidence that the machine or others took from the run what its limits allow, for the log. Such
  /// a run may have failed for that reason. Empty: none.
  std::string disturbance;
  PackFd taken;              ///< Set if RunSpec::take was and the program exited 0.
  std::string take_problem;  ///< If `taken` was asked for and is not set: the reason, "too large" …
};

/// Runs the programs of one submission. Every run finds the files of the box, and nothing that an
/// earlier run left. Used by one coroutine at a time, on the event loop of its sandbox.
class Box {
 public:
  virtual ~Box() = default;
  /// Runs one program and waits for its end. A program that cannot be started has an outcome as
  /// well, Cause::NotStarted. Errors are ours (out of processes, memory, a dead launcher …), and
  /// may be retried.
  virtual Task<Result<Outcome>> run(RunSpec spec) = 0;
};

/// Why a slot or a box was given up. The next run that needs one makes another.
enum class Replaced {
  /// The last run hit a limit of its control group, or its processes or sockets died slowly.
  Limit,
  NotCleaned,  ///< The files that a run left could not be removed.
  Abandoned,   ///< The caller did not wait for the end of its run.
  Fault,       ///< It did not answer, or a request failed.
};
inline constexpr std::array<std::string_view, 4> kReplacedReasons{"limit", "not_cleaned",
                                                                  "abandoned", "fault"};

/// Lives on one event loop, and must outlive its boxes.
class Sandbox {
 public:
  virtual ~Sandbox() = default;
  /// Makes a box, if needed with a new slot. Errors are ours, and may be retried; but ENOTSUP means
  /// that the engine does not have the profile.
  virtual Task<Result<std::unique_ptr<Box>>> open(BoxSpec spec) = 0;
  /// Ends slots that have been idle since the last call. The owner calls this from a coarse timer.
  virtual void trim() {}

  struct Counters {
    std::size_t slots = 0;  ///< Alive: busy or idle.
    std::size_t idle = 0;
    std::array<std::uint64_t, kReplacedReasons.size()> replaced{};  ///< Indexed by Replaced.
  };
  [[nodiscard]] virtual Counters counters() const { return {}; }
};

}  // namespace evalx::sandbox
