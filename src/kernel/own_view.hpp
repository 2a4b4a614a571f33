#pragma once
// Own view: a mount namespace of this process, without the restrictions of container engines.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace evalx::kernel {

/// The mounts of a container, found in a mountinfo (proc(5)), that prevent making sandboxes in it.
struct Obstacles {
  /// Mount points of cgroup hierarchies that are mounted read-only. The file system itself is
  /// writable, and the container's cgroup namespace limits which groups are visible in it.
  std::vector<std::string> read_only_cgroups;
  /// Files of /proc are covered by other mounts. Then the kernel refuses to mount a new /proc in
  /// any user namespace made here (mount_too_revealing() in fs/namespace.c, Linux >= 4.3).
  bool masked_proc = false;

  [[nodiscard]] bool any() const { return masked_proc || !read_only_cgroups.empty(); }
};
Obstacles find_obstacles(std::string_view mountinfo);

/// If there are obstacles, moves the calling thread into a new mount namespace and removes them in
/// it: cgroups become writable, and a complete /proc covers the masked one. No other process sees a
/// change; later mounts of the host still appear in the new namespace (mount_namespaces(7), slave).
/// A container therefore needs CAP_SYS_ADMIN, but neither --privileged nor unmasked system paths.
/// Errors: EPERM without CAP_SYS_ADMIN over the user namespace that owns the mounts.
Result<> open_own_view();

}  // namespace evalx::kernel
