#pragma once
// Confine: how a launcher gives up rights that it does not need, before it serves requests.

#include "base/result.hpp"
#include "kernel/cgroup/tree.hpp"
#include "sandbox/native/ids.hpp"
#include "sandbox/native/keeper.hpp"

namespace evalx::sandbox::native {

/// Drops everything that an exec passes on: descriptors above the launcher's socket, the working
/// directory, the environment, core dumps and groups.
void leave_what_was_inherited();

/// Whether `ids.uid` can make a user namespace inside another one. Tried in a child process.
bool can_nest_user_namespaces(const IdPlan& ids);

/// Cannot be undone. Becomes `ids.uid`, enters its own net, ipc and uts namespaces, with
/// `own_namespace` also its own user namespace, and keeps three capabilities. In its own user
/// namespace they are valid only there, so the launcher has no rights on the machine. Otherwise
/// they are valid on the machine, and the caller must be root. Errors: those of the failed step.
Result<> confine(const IdPlan& ids, bool own_namespace, kernel::CgroupTree& tree, Keeper& keeper);

}  // namespace evalx::sandbox::native
