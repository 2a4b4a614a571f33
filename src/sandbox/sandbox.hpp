#pragma once
// Sandbox: the contract of both engines. Files and a command in, an Outcome with its cause out.

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

/// Files packed into one descriptor (sandbox/pack.hpp); shared, read-only, safe to hand around.
using PackFd = std::shared_ptr<const kernel::Fd>;

enum class Proc {
  Shared,  ///< /proc shows the program's own processes, but under other numbers than getpid().
  Own,     ///< A /proc of the run's own pid namespace: right numbers, about 0.2 ms dearer.
};

struct BoxSpec {
  PackFd files;                ///< Placed into /box: root-owned, read-only. May be null.
  Bytes size = mebibytes(64);  ///< Of /box, /tmp and /dev/shm together.
  unsigned inodes = 4096;
  SeccompProfile profile = SeccompProfile::Standard;  ///< Of all that runs in the box.
};

struct RunSpec {
  std::vector<std::string> argv;  ///< argv[0]: a path, or a name looked up in the box's PATH.
  std::vector<std::string> environment;  ///< "NAME=value"; PATH, HOME and TMPDIR are set if absent.
  submission::Limits limits;
  std::string stdin_bytes;
  /// Instead of stdin_bytes and captured output: the program is given these as 0, 1, 2 and the
  /// output limit does not apply. For a person at a terminal.
  std::optional<std::array<int, 3>> stdio;
  Proc proc = Proc::Own;
  /// Files to bring back after a run that exited 0: a directory below /box, packed with all
  /// regular files in it. Symbolic links and devices are left out.
  std::optional<std::string> take;
  Bytes take_max = mebibytes(64);
  std::stop_token stop;  ///< Requested: the program is killed, cause Cancelled.
};

/// Why the program is no more: what was done to it, recorded by who did it, never guessed.
enum class Cause {
  Exited,    ///< By itself, with exit_code.
  Signaled,  ///< By a signal that was not ours.
  CpuTime,
  WallTime,
  Memory,  ///< The kernel's OOM killer, in its cgroup.
  Output,
  Forbidden,  ///< Killed by the system call filter.
  Cancelled,
  NotStarted,  ///< execve(2) refused it, with start_error. Nothing of it has run.
};

struct Outcome {
  Cause cause = Cause::Exited;
  int exit_code = 0;
  int signal = 0;
  std::error_code start_error;  ///< Of NotStarted: no such file, not executable, no known format …
  Microseconds cpu_user{};
  Microseconds cpu_system{};
  Microseconds wall{};
  Bytes memory_peak;
  submission::Output out;
  submission::Output err;
  bool process_limit_hit = false;
  PackFd taken;              ///< Set if RunSpec::take was and the program exited 0.
  std::string take_problem;  ///< Why `taken` is not set although it was asked for: "too large", …
};

/// A place for the runs of one submission: each starts with its files in place and nothing else
/// left from the run before. Used by one coroutine at a time.
class Box {
 public:
  virtual ~Box() = default;
  /// Runs one program and waits for its end. A program that cannot be started has an outcome as
  /// well, Cause::NotStarted. Errors are ours (out of processes, memory, a dead launcher …), and
  /// may be retried.
  virtual Task<Result<Outcome>> run(RunSpec spec) = 0;
};

/// Why a place for runs was given up, and another made when it was needed.
enum class Replaced {
  Limit,       ///< The last run filled its control group.
  NotCleaned,  ///< What a run left could not be removed.
  Abandoned,   ///< Nobody waited for the end of its run.
  Fault,       ///< It did not answer, or could not do what it was asked.
};
inline constexpr std::array<std::string_view, 4> kReplacedReasons{"limit", "not_cleaned",
                                                                  "abandoned", "fault"};

class Sandbox {
 public:
  virtual ~Sandbox() = default;
  virtual Task<Result<std::unique_ptr<Box>>> open(BoxSpec spec) = 0;
  /// Ends what has been idle since the last call: for a coarse timer of the owner.
  virtual void trim() {}

  struct Counters {
    std::size_t slots = 0;  ///< Alive, busy or idle.
    std::size_t idle = 0;
    std::array<std::uint64_t, kReplacedReasons.size()> replaced{};  ///< By Replaced.
  };
  [[nodiscard]] virtual Counters counters() const { return {}; }
};

}  // namespace evalx::sandbox
