#pragma once
// Root: the read-only file system that the programs of a slot see, built once per slot.

#include <string>
#include <vector>

#include "base/result.hpp"
#include "kernel/fd.hpp"
#include "sandbox/native/proc_view.hpp"

namespace evalx::sandbox::native {

/// The paths that every root has, if the machine has them.
std::vector<std::string> default_root_paths();

struct Root {
  /// ns_last_pid (proc_sys_kernel(5)), opened for writing before /proc/sys became read-only; empty
  /// on a kernel without it.
  kernel::Fd last_pid;
  ProcCovers covers;  ///< For each further /proc.
};

/// Builds the root in the mount namespace of the calling process and moves into it. The old root is
/// detached. No user namespace can be made inside. `paths` are bound read-only, nosuid and nodev; a
/// symbolic link is copied as a link. The root also has /etc with the few files that programs look
/// for; /dev with null, zero, full, random and urandom; a /proc of the caller's pid namespace
/// without the files about the machine (proc_view.hpp); and the mount points /box, /tmp and
/// /dev/shm.
Result<Root> build_root(const std::vector<std::string>& paths);

}  // namespace evalx::sandbox::native
