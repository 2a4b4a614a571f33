#pragma once
// Keeper: a process outside the launcher's user namespace: maps its ids, then waits for its end.

#include <memory>

#include "base/result.hpp"
#include "kernel/cgroup/tree.hpp"
#include "kernel/fd.hpp"
#include "sandbox/native/ids.hpp"

namespace evalx::sandbox::native {

/// A child of the launcher with the rights that the launcher gives up. It maps the launcher's ids,
/// then keeps one capability and waits. When the launcher is dead, it removes the control groups,
/// which only their creator can remove, and ends. It receives no messages: it has no socket.
class Keeper {
 public:
  /// Forks it. The calling process must have one thread.
  static Result<Keeper> start(const IdPlan& ids, std::unique_ptr<kernel::CgroupTree>& tree);

  /// To be called once, by the launcher, in its new user namespace. Inside, the launcher has id 0
  /// and the ids for slots begin at 1; with only one id, that is kProgramId. Errors: of the map
  /// that failed; EOWNERDEAD if the keeper has died.
  Result<> map_ids();

 private:
  explicit Keeper(kernel::Fd gate) : gate_(std::move(gate)) {}
  kernel::Fd gate_;
};

}  // namespace evalx::sandbox::native
