#pragma once
// Leftovers: what a run whose processes are all dead can still leave in its slot's namespaces.

#include "base/result.hpp"
#include "kernel/fd.hpp"

namespace evalx::sandbox::native {

/// Lives in a supervisor. Two things outlive every process of a run:
/// - AF_UNIX sockets that were sent through each other and closed (SCM_RIGHTS, unix(7)): with them
///   stay their abstract names, and the memory of whatever else was sent. The kernel's collector
///   frees them, but only starts when a socket is closed somewhere.
/// - the last process number given out: a program that sees the slot's /proc can tell from its own
///   number how many processes there were before it.
class Leftovers {
 public:
  /// `last_pid`: ns_last_pid(proc_sys_kernel(5)) of the caller's pid namespace, open for writing;
  /// empty on a kernel without it. Errors: open(2)'s.
  static Result<Leftovers> watch(kernel::Fd last_pid);

  /// Waits until no socket is left, and starts the process numbers anew. No process of the run may
  /// be alive. Errors: ETIMEDOUT if sockets stay, what the kernel says.
  Result<> clear();

 private:
  Leftovers(kernel::Fd sockets, kernel::Fd last_pid)
      : sockets_(std::move(sockets)), last_pid_(std::move(last_pid)) {}

  [[nodiscard]] Result<bool> has_sockets() const;

  kernel::Fd sockets_;  ///< /proc/net/sockstat of the slot's network namespace.
  kernel::Fd last_pid_;
};

}  // namespace evalx::sandbox::native
