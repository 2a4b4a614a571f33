#pragma once
// Supervisor: pid 1 of a slot. Serves one worker's requests, one run after the other.

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/cgroup/tree.hpp"
#include "kernel/fd.hpp"
#include "kernel/seccomp.hpp"

namespace evalx::sandbox::native {

struct SupervisorOptions {
  kernel::Fd control;  ///< The slot's end of its worker's socket.
  kernel::SlotGroup* group = nullptr;
  std::vector<std::string> root_paths;
  const kernel::Filter* filter = nullptr;  ///< Of the slot's profile.
  bool shared_id = false;                  ///< Programs run as the supervisor's own user.
  int cpu = -1;                            ///< Run here only; -1: anywhere.
};

/// To be called in a child of the launcher that is in namespaces of its own (user, mount, pid; net,
/// ipc, uts are the slot's) and whose ids are mapped. Tells Ready or Failed, then serves until the
/// worker closes its end. Never returns: the caller's memory is a copy of the launcher's.
[[noreturn]] void supervise(SupervisorOptions options);

}  // namespace evalx::sandbox::native
