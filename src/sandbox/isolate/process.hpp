#pragma once
// Process: one run of the tool. It is stopped by SIGTERM, and by SIGKILL only if it does not end.

#include <array>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "kernel/child.hpp"
#include "sandbox/isolate/command.hpp"

namespace evalx::sandbox::isolate {

/// The tool watches the program from outside of its pid namespace. After a SIGKILL of the tool the
/// program would continue without limits. Therefore a Process is stopped by SIGTERM, after which
/// the tool ends the program and writes its meta-file, and is killed only if it does not end.
class Process {
 public:
  /// Starts argv[0], found in our PATH, with an empty environment and `stdio` as 0, 1 and 2.
  /// Errors: posix_spawnp(3)'s; fcntl(2)'s and pidfd_open(2)'s, above all EMFILE. After an error
  /// the tool does not run.
  static Result<Process> start(const Argv& argv, std::array<int, 3> stdio);
  Process(Process&&) noexcept = default;
  Process& operator=(Process&&) = delete;
  /// Stops it, and blocks until it has ended; kills it after five seconds.
  ~Process();

  /// Asks it to end. No effect if it has ended.
  void stop() noexcept;
  /// Blocks until it has ended. Errors: ETIMEDOUT; it is killed then.
  Result<kernel::ExitStatus> wait(Milliseconds patience);

  [[nodiscard]] int poll_fd() const noexcept { return child_.poll_fd(); }

 private:
  explicit Process(kernel::Child child) : child_(std::move(child)) {}

  kernel::Child child_;
};

/// Awaits the end of a process, which must outlive the task. Stops it after `patience`. Errors:
/// ETIMEDOUT if it does not end within five seconds after that; it is killed then.
Task<Result<kernel::ExitStatus>> ended(asio::io_context& loop, Process& process,
                                       Milliseconds patience);

/// Runs the tool for a short job (not for a program of a client), blocks until it has ended, at
/// most 30 seconds, and returns its stdout. Errors: EIO with the tool's message if it failed,
/// ETIMEDOUT.
Result<std::string> invoke(const Argv& argv);
/// The same without blocking the loop.
Task<Result<std::string>> invoke(asio::io_context& loop, Argv argv);

/// The first line of the tool's stderr, shortened: for an Error.
std::string first_line(std::string_view text);

}  // namespace evalx::sandbox::isolate
