#pragma once
// Confine: how a launcher gives up what it does not need, before it hears its worker's wishes.

#include "base/result.hpp"
#include "kernel/cgroup/tree.hpp"
#include "sandbox/native/ids.hpp"
#include "sandbox/native/keeper.hpp"

namespace evalx::sandbox::native {

/// Leaves what an exec hands on: descriptors above the launcher's socket, the working directory,
/// the environment, core dumps, groups.
void leave_what_was_inherited();

/// Whether `ids.uid` can make user namespaces inside of one; asked of a child, which ends.
bool can_nest_user_namespaces(const IdPlan& ids);

/// For good: becomes `ids.uid`; enters a user namespace of its own if `own_namespace`, and in any
/// case net, ipc and uts namespaces of its own; keeps three capabilities. In a namespace of its own
/// they count only there: the launcher then has no right on the machine. Else they count on the
/// machine, which needs root. Errors: of the step that failed.
Result<> confine(const IdPlan& ids, bool own_namespace, kernel::CgroupTree& tree, Keeper& keeper);

}  // namespace evalx::sandbox::native
