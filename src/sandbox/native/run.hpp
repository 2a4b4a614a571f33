#pragma once
// One run of one program: started, watched against its limits, ended, and accounted for.

#include <span>

#include "base/result.hpp"
#include "kernel/cgroup/run_group.hpp"
#include "kernel/fd.hpp"
#include "sandbox/native/protocol.hpp"

namespace evalx::sandbox::native {

/// What a slot lends to each of its runs.
struct RunContext {
  std::uint64_t key = 0;
  kernel::RunGroup* group = nullptr;
  int control = -1;        ///< The worker's socket: a Kill, or its end, stops the run.
  int trap_listener = -1;  ///< Of the seccomp filter.
  unsigned cpus = 1;       ///< How many can burn time at once.
  bool shared_id = false;  ///< Programs run as our own user.
};

/// What a run gives back: the message's descriptors are still to be sent with it.
struct RunEnd {
  Ran ran;
  kernel::Fd out_file;
  kernel::Fd err_file;
  Bytes memory_left;  ///< Still charged to the group.
};

/// Runs the program in the calling process' namespaces until it and all its children are dead.
/// `run_fds`: the request's descriptors without the pack. Errors: ours, with the step.
Result<RunEnd> run_program(const RunContext& context, const Run& request,
                           std::span<const kernel::Fd> run_fds);

}  // namespace evalx::sandbox::native
