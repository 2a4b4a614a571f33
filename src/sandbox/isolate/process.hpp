#pragma once
// Process: one run of the tool, which is asked to end and waited for, never just killed.

#include <array>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "kernel/child.hpp"
#include "sandbox/isolate/command.hpp"

namespace evalx::sandbox::isolate {

/// The tool watches the program from outside of its pid namespace: killed with SIGKILL it would
/// leave the program behind, without limits. So a Process is sent SIGTERM, upon which the tool ends
/// the program and writes its meta-file, and is killed only if it does not end.
class Process {
 public:
  /// Starts argv[0], looked up in our PATH, with nothing in its environment and these as 0, 1, 2.
  /// Errors: posix_spawnp(3)'s.
  static Result<Process> start(const Argv& argv, std::array<int, 3> stdio);
  Process(Process&&) noexcept = default;
  Process& operator=(Process&&) = delete;
  /// Stops it, and blocks until it has ended.
  ~Process();

  /// Asks it to end. Of no effect after it has ended.
  void stop() noexcept;
  /// Blocks until it has ended. Errors: ETIMEDOUT, after which it is killed.
  Result<kernel::ExitStatus> wait(Milliseconds patience);

  [[nodiscard]] int poll_fd() const noexcept { return child_.poll_fd(); }

 private:
  explicit Process(kernel::Child child) : child_(std::move(child)) {}

  kernel::Child child_;
};

/// Awaits the end of a process, which must outlive the task. After `patience` it is stopped.
/// Errors: ETIMEDOUT if it did not end then either.
Task<Result<kernel::ExitStatus>> ended(asio::io_context& loop, Process& process,
                                       Milliseconds patience);

/// Starts the tool for a short job, and blocks until it is done: what it printed. Errors: EIO with
/// the tool's own words if it failed, ETIMEDOUT.
Result<std::string> invoke(const Argv& argv);
/// The same without blocking the loop.
Task<Result<std::string>> invoke(asio::io_context& loop, Argv argv);

/// The first line of what the tool says on stderr, bounded: for an Error.
std::string first_line(std::string_view text);

}  // namespace evalx::sandbox::isolate
