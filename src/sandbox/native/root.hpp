#pragma once
// Root: the read-only file system a slot's programs see, built once per slot.

#include <string>
#include <vector>

#include "base/result.hpp"
#include "kernel/fd.hpp"

namespace evalx::sandbox::native {

/// Paths every root has, where the machine has them.
std::vector<std::string> default_root_paths();

/// Builds the root in the calling process' own mount namespace and moves into it; the old root is
/// gone afterwards. Inside, no further user namespace can be made. `paths` are bound read-only,
/// nosuid, nodev; of what is a symbolic link the link is copied. Beside them: /etc with the few
/// files programs look for, /dev with null, zero, full, random, urandom, a /proc of the caller's
/// pid namespace with what concerns the machine hidden, and the mount points /box, /tmp and
/// /dev/shm. Returns ns_last_pid (proc_sys_kernel(5)), opened for writing before /proc/sys became
/// read-only; empty on a kernel without it.
Result<kernel::Fd> build_root(const std::vector<std::string>& paths);

}  // namespace evalx::sandbox::native
