#pragma once
// Own view: a mount namespace of this process' own, without what container engines put before it.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace evalx::kernel {

/// What of a mountinfo (proc(5)) keeps sandboxes from being made inside a container.
struct Obstacles {
  /// Mount points of cgroup hierarchies that are mounted read-only. The file system behind is
  /// writable, and what can be reached in it is bounded by the container's cgroup namespace.
  std::vector<std::string> read_only_cgroups;
  /// Something is mounted over files of /proc. Then the kernel refuses a new /proc to every user
  /// namespace made here (mount_too_revealing() in fs/namespace.c, Linux >= 4.3).
  bool masked_proc = false;

  [[nodiscard]] bool any() const { return masked_proc || !read_only_cgroups.empty(); }
};
Obstacles find_obstacles(std::string_view mountinfo);

/// If there are obstacles, moves the calling thread into a mount namespace of its own, to which
/// later mounts of the host still come (mount_namespaces(7), slave), and removes them there:
/// cgroups become writable, and a whole /proc covers the masked one. Nobody else sees a change.
/// So a container needs CAP_SYS_ADMIN, but neither --privileged nor unmasked system paths.
/// Errors: EPERM without CAP_SYS_ADMIN over the user namespace that owns the mounts.
Result<> open_own_view();

}  // namespace evalx::kernel
