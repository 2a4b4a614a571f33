#pragma once
// Leftovers: state of a slot's namespaces that survives all processes of a run.

#include "base/result.hpp"
#include "kernel/fd.hpp"

namespace evalx::sandbox::native {

/// Used in a supervisor. Two things survive all processes of a run:
/// - AF_UNIX sockets that were sent through each other and closed (SCM_RIGHTS, unix(7)). Their
///   abstract names and the memory of all other sent data stay with them. The kernel's garbage
///   collector frees them, but only starts when some socket is closed.
/// - The last process number. A program that sees the slot's /proc could derive from its own number
///   how many processes ran before it.
class Leftovers {
 public:
  /// `last_pid`: ns_last_pid(proc_sys_kernel(5)) of the caller's pid namespace, open for writing;
  /// empty on a kernel without it. Errors: open(2)'s.
  static Result<Leftovers> watch(kernel::Fd last_pid);

  /// Waits until no socket is left, and restarts the process numbers. No process of the run may be
  /// alive. Returns false if sockets stay for two seconds: a program decides how many there are to
  /// collect, on the whole machine. Errors: read(2)'s and write(2)'s.
  Result<bool> clear();

 private:
  Leftovers(kernel::Fd sockets, kernel::Fd last_pid)
      : sockets_(std::move(sockets)), last_pid_(std::move(last_pid)) {}

  [[nodiscard]] Result<bool> has_sockets() const;

  kernel::Fd sockets_;  ///< /proc/net/sockstat of the slot's network namespace.
  kernel::Fd last_pid_;
};

}  // namespace evalx::sandbox::native
