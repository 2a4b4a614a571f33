#include "sandbox/native/root.hpp"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <climits>

#include "kernel/file.hpp"
#include "kernel/mount.hpp"
#include "kernel/raw_syscall.hpp"
#include "sandbox/c_list.hpp"
#include "sandbox/native/child.hpp"

namespace evalx::sandbox::native {
namespace {

using kernel::Fd;
using kernel::Mounter;

constexpr std::uint64_t kReadOnly = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
/// Where the new root is mounted until it becomes the root. Every machine has this directory.
constexpr const char* kMountPoint = "/tmp";

constexpr std::array kDevices{"null", "zero", "full", "random", "urandom"};
constexpr std::array<std::pair<const char*, const char*>, 4> kDeviceLinks{
    {{"dev/fd", "/proc/self/fd"},
     {"dev/stdin", "/proc/self/fd/0"},
     {"dev/stdout", "/proc/self/fd/1"},
     {"dev/stderr", "/proc/self/fd/2"}}};
constexpr std::array<std::pair<const char*, const char*>, 5> kEtc{
    {{"etc/passwd",
      "root:x:0:0:root:/:/usr/sbin/nologin\nbox:x:1000:1000:box:/box:/bin/sh\n"
      "nobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n"},
     {"etc/group", "root:x:0:\nbox:x:1000:\nnogroup:x:65534:\n"},
     {"etc/hosts", "127.0.0.1 localhost evalx\n"},
     {"etc/hostname", "evalx\n"},
     {"etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"}}};

/// Makes the directories above `path`, which is relative to the root.
Result<> make_parents(const Fd& root, const std::string& path) {
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string parent = path.substr(0, slash);
    if (::mkdirat(root.get(), parent.c_str(), 0755) < 0 && errno != EEXIST)
      return fail(last_error(), "mkdir", parent);
  }
  return {};
}

Result<> make_file(const Fd& root, const char* path, std::string_view content) {
  EVALX_TRY(const Fd file, kernel::open_at(root.get(), path, O_CREAT | O_EXCL | O_WRONLY, 0644));
  return kernel::write_all(file.get(), content);
}

Result<> attach_copy(const Mounter& mounter, const Fd& root, const std::string& path,
                     std::uint64_t attributes) {
  const std::string target = path.substr(1);
  struct stat status {};
  if (::lstat(path.c_str(), &status) < 0) {
    // A machine may lack a path that a language would use.
    if (errno == ENOENT) return {};
    return fail(last_error(), "lstat", path);
  }
  EVALX_TRY_VOID(make_parents(root, target));
  if (S_ISLNK(status.st_mode)) {
    std::array<char, PATH_MAX> link{};
    if (::readlink(path.c_str(), link.data(), link.size() - 1) < 0)
      return fail(last_error(), "readlink", path);
    if (::symlinkat(link.data(), root.get(), target.c_str()) < 0 && errno != EEXIST)
      return fail(last_error(), "symlink", path);
    return {};
  }
  if (S_ISDIR(status.st_mode)) {
    if (::mkdirat(root.get(), target.c_str(), 0755) < 0 && errno != EEXIST)
      return fail(last_error(), "mkdir", path);
  } else {
    EVALX_TRY_VOID(make_file(root, target.c_str(), ""));
  }
  EVALX_TRY(const Fd tree, mounter.clone_tree(AT_FDCWD, path.c_str()));
  EVALX_TRY_VOID(mounter.set_attributes(tree, attributes));
  return mounter.attach(tree, root.get(), target.c_str());
}

Result<> fill_dev(const Mounter& mounter, const Fd& root) {
  for (const char* device : kDevices) {
    // Without MOUNT_ATTR_NODEV, because programs use these five. Read-only does not prevent writing
    // to a device; it prevents programs from changing the times of the host's files.
    EVALX_TRY_VOID(attach_copy(mounter, root, std::string("/dev/") + device,
                               MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC));
  }
  for (const auto& [link, target] : kDeviceLinks) {
    if (::symlinkat(target, root.get(), link) < 0) return fail(last_error(), "symlink", link);
  }
  return {};
}

Result<> made(long answer, const char* what) {
  if (answer < 0) return fail(code_of(answer), what);
  return {};
}

/// Mounts a proc of our own pid namespace. The kernel allows it only while the old root's is
/// visible.
Result<Root> fill_proc() {
  EVALX_TRY_VOID(made(mount_proc(0), "mount /proc"));
  Root root;
  EVALX_TRY(root.covers, survey_proc());
  auto last_pid = kernel::open_at(AT_FDCWD, "/proc/sys/kernel/ns_last_pid", O_WRONLY);
  // ENOENT: a kernel without CONFIG_CHECKPOINT_RESTORE.
  if (!last_pid && last_pid.error().code == std::errc::no_such_file_or_directory) last_pid = Fd{};
  if (!last_pid) return tl::make_unexpected(last_pid.error());
  root.last_pid = *std::move(last_pid);
  // A second protection behind the seccomp filter: no user namespace can be made in here.
  EVALX_TRY_VOID(kernel::write_file(AT_FDCWD, "/proc/sys/user/max_user_namespaces", "0"));
  const auto files = c_list(root.covers.files), directories = c_list(root.covers.directories);
  EVALX_TRY_VOID(made(hide_in_proc(0, files.data(), directories.data()), "hide files of /proc"));
  return root;
}

/// As pivot_root(2) describes: mount the old root over the new one, then detach it.
Result<Root> enter(const Fd& directory) {
  if (::fchdir(directory.get()) < 0) return fail(last_error(), "chdir to the new root");
  EVALX_TRY_VOID(made(kernel::raw_syscall(SYS_pivot_root, ".", "."), "pivot_root"));
  EVALX_TRY(Root root, fill_proc());
  if (::umount2(".", MNT_DETACH) < 0) return fail(last_error(), "detach the old root");
  if (::chdir("/") < 0) return fail(last_error(), "chdir /");
  // From here on we see only the new root.
  mount_attr read_only{};
  read_only.attr_set = MOUNT_ATTR_RDONLY;
  EVALX_TRY_VOID(
      made(kernel::raw_syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &read_only, sizeof read_only),
           "make / read-only"));
  return root;
}

}  // namespace

std::vector<std::string> default_root_paths() {
  return {"/usr",
          "/bin",
          "/sbin",
          "/lib",
          "/lib32",
          "/lib64",
          "/libx32",
          "/etc/alternatives",
          "/etc/ld.so.cache"};
}

Result<Root> build_root(const std::vector<std::string>& paths) {
  // Our mounts must not reach other namespaces, nor their mounts ours.
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0)
    return fail(last_error(), "make mounts private");
  const Mounter mounter{0};
  EVALX_TRY(const Fd tree,
            mounter.make("tmpfs", {{"size", "1m"}, {"nr_inodes", "512"}, {"mode", "755"}},
                         MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV));
  EVALX_TRY_VOID(mounter.attach(tree, AT_FDCWD, kMountPoint));
  EVALX_TRY(const Fd root, kernel::open_at(AT_FDCWD, kMountPoint, O_PATH | O_DIRECTORY));
  for (const char* directory : {"etc", "dev", "dev/shm", "proc", "box", "tmp", "mnt"}) {
    if (::mkdirat(root.get(), directory, 0755) < 0) return fail(last_error(), "mkdir", directory);
  }
  for (const auto& [path, content] : kEtc) EVALX_TRY_VOID(make_file(root, path, content));
  for (const std::string& path : paths) EVALX_TRY_VOID(attach_copy(mounter, root, path, kReadOnly));
  EVALX_TRY_VOID(fill_dev(mounter, root));
  return enter(root);
}

}  // namespace evalx::sandbox::native
