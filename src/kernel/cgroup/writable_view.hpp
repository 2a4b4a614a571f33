#pragma once
// A view of this process' own in which cgroup mounts that a container has read-only can be written.

#include <vector>

#include "base/result.hpp"
#include "kernel/cgroup/tree.hpp"

namespace evalx::kernel {

/// Moves the calling thread into a mount namespace of its own, to which later mounts of the host
/// still come (mount_namespaces(7), slave), and makes the mounts in it that are read-only
/// writable; without such a mount it does nothing. Container engines mount cgroups read-only even
/// for those that they give CAP_SYS_ADMIN; the file system itself is writable, and what can be
/// reached in it is bounded by the container's cgroup namespace. Errors: EPERM without
/// CAP_SYS_ADMIN, or where the mount belongs to a more privileged user namespace.
Result<> make_writable_here(const std::vector<CgroupMount>& mounts);

}  // namespace evalx::kernel
