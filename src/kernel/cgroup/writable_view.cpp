#include "kernel/cgroup/writable_view.hpp"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace evalx::kernel {

Result<> make_writable_here(const std::vector<CgroupMount>& mounts) {
  const auto is_read_only = [](const CgroupMount& mount) { return mount.read_only; };
  if (std::none_of(mounts.begin(), mounts.end(), is_read_only)) return {};
  if (::unshare(CLONE_NEWNS) < 0) return fail(last_error(), "unshare mount");
  if (::mount(nullptr, "/", nullptr, MS_SLAVE | MS_REC, nullptr) < 0)
    return fail(last_error(), "make mounts slaves");
  for (const CgroupMount& mount : mounts) {
    if (!mount.read_only) continue;
    mount_attr change{};
    change.attr_clr = MOUNT_ATTR_RDONLY;
    if (::syscall(SYS_mount_setattr, AT_FDCWD, mount.path.c_str(), 0, &change, sizeof change) < 0)
      return fail(last_error(), "mount_setattr", mount.path);
  }
  return {};
}

}  // namespace evalx::kernel
