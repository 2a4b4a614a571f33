#pragma once
// Keeper: stays outside of the launcher's user namespace: maps its ids, then waits for its end.

#include <memory>

#include "base/result.hpp"
#include "kernel/cgroup/tree.hpp"
#include "kernel/fd.hpp"
#include "sandbox/native/ids.hpp"

namespace evalx::sandbox::native {

/// A child of the launcher that has what the launcher gives up, does two things with it, and hears
/// nothing in between: it holds no socket. It outlives the launcher, to remove the groups that only
/// who made them can remove, for which it keeps one capability, and then ends.
class Keeper {
 public:
  /// Forks it. The calling process must have one thread.
  static Result<Keeper> start(const IdPlan& ids, std::unique_ptr<kernel::CgroupTree>& tree);

  /// To be called once, by the launcher, in its new user namespace. Inside, the launcher is 0 and
  /// the slots' ids begin at 1; or there is kProgramId alone. Errors: of the map that failed.
  Result<> map_ids();

 private:
  explicit Keeper(kernel::Fd gate) : gate_(std::move(gate)) {}
  kernel::Fd gate_;
};

}  // namespace evalx::sandbox::native
