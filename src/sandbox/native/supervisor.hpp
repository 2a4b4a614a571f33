#pragma once
// Supervisor: pid 1 of a slot. Serves the requests of one worker, one run after the other.

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
  const kernel::Filter* filter = nullptr;  ///< The filter of the slot's profile.
  bool shared_id = false;                  ///< Programs run as the supervisor's own user.
  int cpu = -1;                            ///< The only CPU to run on; -1: any.
};

/// The exit code of a supervisor whose namespaces may still contain something of its last run: they
/// must not serve another slot.
inline constexpr int kLeftSomething = 2;

/// To be called in a child of the launcher with its own user, mount and pid namespaces, with mapped
/// ids, and in the LastingNamespaces of its slot. Sends Ready or Failed, then serves until the
/// worker closes its end. Never returns, because the caller's memory is a copy of the launcher's.
[[noreturn]] void supervise(SupervisorOptions options);

}  // namespace evalx::sandbox::native
