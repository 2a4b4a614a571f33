#include "kernel/mount.hpp"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>

#include "kernel/raw_syscall.hpp"

namespace evalx::kernel {

Result<Fd> Mounter::make(const char* type, const Options& options, unsigned attributes) const {
  const long context = keyed_syscall(key_, SYS_fsopen, type, FSOPEN_CLOEXEC);
  if (context < 0) return fail(code_of(context), "fsopen", type);
  const Fd owner{static_cast<int>(context)};
  for (const auto& [name, value] : options) {
    const long set =
        keyed_syscall(key_, SYS_fsconfig, context, FSCONFIG_SET_STRING, name, value.c_str(), 0);
    if (set < 0) return fail(code_of(set), "fsconfig", name);
  }
  const long made =
      keyed_syscall(key_, SYS_fsconfig, context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0);
  if (made < 0) return fail(code_of(made), "fsconfig create", type);
  const long tree = keyed_syscall(key_, SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes);
  if (tree < 0) return fail(code_of(tree), "fsmount", type);
  return Fd{static_cast<int>(tree)};
}

Result<Fd> Mounter::clone_tree(int dir, const char* path) const {
  const long tree = keyed_syscall(key_, SYS_open_tree, dir, path,
                                  OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  if (tree < 0) return fail(code_of(tree), "open_tree", path);
  return Fd{static_cast<int>(tree)};
}

Result<> Mounter::set_attributes(const Fd& tree, std::uint64_t attributes) const {
  mount_attr change{};
  change.attr_set = attributes;
  const long set = keyed_syscall(key_, SYS_mount_setattr, tree.get(), "",
                                 AT_EMPTY_PATH | AT_RECURSIVE, &change, sizeof change);
  if (set < 0) return fail(code_of(set), "mount_setattr");
  return {};
}

Result<> Mounter::attach(const Fd& tree, int dir, const char* path) const {
  const long moved =
      keyed_syscall(key_, SYS_move_mount, tree.get(), "", dir, path, MOVE_MOUNT_F_EMPTY_PATH);
  if (moved < 0) return fail(code_of(moved), "move_mount", path);
  return {};
}

}  // namespace evalx::kernel
