#include "kernel/own_view.hpp"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <sstream>

#include "kernel/file.hpp"

namespace evalx::kernel {
namespace {

struct MountLine {
  std::string point, options, type;
};

/// "36 35 98:0 /root /mount/point options optional... - type source super,options"
MountLine parse_line(const std::string& line) {
  MountLine mount;
  std::string skipped;
  std::istringstream left(line);
  left >> skipped >> skipped >> skipped >> skipped >> mount.point >> mount.options;
  const auto dash = line.find(" - ");
  if (dash != std::string::npos) std::istringstream(line.substr(dash + 3)) >> mount.type;
  return mount;
}

/// Mounts that a host makes in its own /proc. They cover empty directories, so they hide nothing.
bool is_hosts_own(const std::string& type) {
  return type == "autofs" || type == "binfmt_misc";
}

Result<> make_writable(const std::string& mount) {
  mount_attr change{};
  change.attr_clr = MOUNT_ATTR_RDONLY;
  if (::syscall(SYS_mount_setattr, AT_FDCWD, mount.c_str(), 0, &change, sizeof change) < 0)
    return fail(last_error(), "mount_setattr", mount);
  return {};
}

}  // namespace

Obstacles find_obstacles(std::string_view mountinfo) {
  Obstacles obstacles;
  std::istringstream lines{std::string(mountinfo)};
  for (std::string line; std::getline(lines, line);) {
    const MountLine mount = parse_line(line);
    const bool is_read_only = mount.options == "ro" || mount.options.starts_with("ro,");
    if (mount.type.starts_with("cgroup") && is_read_only)
      obstacles.read_only_cgroups.push_back(mount.point);
    if (mount.point.starts_with("/proc/") && !is_hosts_own(mount.type))
      obstacles.masked_proc = true;
  }
  return obstacles;
}

Result<> open_own_view() {
  EVALX_TRY(const std::string mountinfo, read_file(AT_FDCWD, "/proc/self/mountinfo"));
  const Obstacles obstacles = find_obstacles(mountinfo);
  if (!obstacles.any()) return {};
  if (::unshare(CLONE_NEWNS) < 0) return fail(last_error(), "unshare mount");
  if (::mount(nullptr, "/", nullptr, MS_SLAVE | MS_REC, nullptr) < 0)
    return fail(last_error(), "make mounts slaves");
  for (const std::string& mount : obstacles.read_only_cgroups) EVALX_TRY_VOID(make_writable(mount));
  constexpr auto kProcFlags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (obstacles.masked_proc && ::mount("proc", "/proc", "proc", kProcFlags, nullptr) < 0)
    return fail(last_error(), "mount a complete /proc");
  return {};
}

}  // namespace evalx::kernel
