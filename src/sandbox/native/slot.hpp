#pragma once
// Slot: namespaces, a root, a cgroup and a supervisor, made once and used by many runs.

#include <memory>
#include <string>
#include <vector>

#include "kernel/cgroup/tree.hpp"
#include "kernel/child.hpp"
#include "kernel/fd.hpp"
#include "kernel/seccomp.hpp"
#include "sandbox/native/ids.hpp"

namespace evalx::sandbox::native {

/// The namespaces that outlive a slot and serve the next slot of the same number. That is safe,
/// because no process survives in them and System V IPC is refused, so a run can leave nothing
/// there; and it is worth it, because they are the expensive part of a slot. They belong to the
/// launcher's user namespace: not even a slot's root has rights over them.
struct LastingNamespaces {
  kernel::Fd net;  ///< Without an interface that is up.
  kernel::Fd ipc;
  kernel::Fd uts;  ///< The host is called "evalx".
};
Result<LastingNamespaces> make_lasting_namespaces();

/// As the launcher sees them. The group ids are the same numbers.
struct SlotIds {
  uid_t supervisor = kProgramId;
  uid_t programs = kProgramId;
  [[nodiscard]] bool shared() const { return supervisor == programs; }
};

struct SlotOptions {
  unsigned index = 0;
  SlotIds ids;
  int cpu = -1;
  const std::vector<std::string>* root_paths = nullptr;
  const kernel::Filter* filter = nullptr;
};

struct Slot {
  /// Destroyed last: its directories can only be removed when all processes are dead.
  std::unique_ptr<kernel::SlotGroup> group;
  kernel::Child supervisor;
  kernel::Fd worker_end;  ///< To be sent to the worker.
};

/// Starts a supervisor, which reports to the worker whether it is ready. The calling process must
/// have one thread. Errors: clone3(2)'s, the cgroup's, EACCES for the id maps.
Result<Slot> start_slot(kernel::CgroupTree& tree, const LastingNamespaces& namespaces,
                        const SlotOptions& options);

}  // namespace evalx::sandbox::native
