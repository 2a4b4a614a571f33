#pragma once
// Run: starts one program, watches its limits, ends it, and reports its account.

#include <functional>
#include <optional>
#include <span>

#include "base/result.hpp"
#include "kernel/cgroup/run_group.hpp"
#include "kernel/fd.hpp"
#include "sandbox/native/proc_view.hpp"
#include "sandbox/native/protocol.hpp"

namespace evalx::sandbox::native {

/// The result of a run: a message, and the descriptors to send with it.
struct RunEnd {
  Ran ran;
  kernel::Fd out_file;
  kernel::Fd err_file;
  Bytes memory_left;  ///< Memory that is still charged to the group.
};

/// The resources of a slot that each of its runs uses.
struct RunContext {
  std::uint64_t key = 0;
  kernel::RunGroup* group = nullptr;
  int control = -1;        ///< The worker's socket: a Kill or a hang-up stops the run.
  int trap_listener = -1;  ///< The listener of the seccomp filter.
  unsigned cpus = 1;       ///< How many can run at once.
  int cpu = -1;            ///< The only one that the slot runs on; -1: any.
  bool shared_id = false;  ///< Programs run as our own user.
  const ProcCovers* covers = nullptr;
  /// Called with what is known if the processes of a killed run need long to die: a program decides
  /// how much the kernel has to take down. The slot is spent then.
  std::function<void(Result<RunEnd>)> answer_early;
};

/// Runs the program in the namespaces of the calling process until it and all its children are
/// dead. `run_fds`: the descriptors of the request without the pack. Returns nullopt if
/// `context.answer_early` was called; the processes are dead then as well. A program that cannot be
/// started is no error: Ran has the cause NotStarted. Errors: faults of ours, with the step, among
/// them ETIMEDOUT and EOWNERDEAD if the run did not come as far as its exec.
Result<std::optional<RunEnd>> run_program(const RunContext& context, const Run& request,
                                          std::span<const kernel::Fd> run_fds);

}  // namespace evalx::sandbox::native
