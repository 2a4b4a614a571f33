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

/// Cannot be undone. Moves into the launcher's cgroup, becomes `ids.uid`, enters its own user
/// namespace (if `own_namespace`) and its own net, ipc and uts namespaces, and keeps CAP_SETUID,
/// CAP_SETGID and CAP_SYS_ADMIN. With its own user namespace they are valid only in there, so the
/// launcher has no rights on the machine. Without it they are valid on the machine, and the caller
/// must be root. Errors: those of the failed step.
Result<> confine(const IdPlan& ids, bool own_namespace, kernel::CgroupTree& tree, Keeper& keeper);

}  // namespace evalx::sandbox::native
