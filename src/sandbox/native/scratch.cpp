#include "sandbox/native/scratch.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "kernel/file.hpp"
#include "kernel/mount.hpp"
#include "kernel/raw_syscall.hpp"
#include "sandbox/pack.hpp"

namespace evalx::sandbox::native {
namespace {

using kernel::Fd;
using kernel::Mounter;

constexpr unsigned kMaxDepth = 32;
constexpr mode_t kAnybodySticky = 01777;

auto sys_error(long answer, std::string_view what) {
  return fail({static_cast<int>(-answer), std::system_category()}, what);
}

/// Opens a path that a program may have made: never through a link, never out of `dir`.
Result<Fd> open_beneath(int dir, const char* path, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  const long fd = kernel::raw_syscall(SYS_openat2, dir, path, &how, sizeof how);
  if (fd < 0) return sys_error(fd, std::string("open ") + path);
  return Fd{static_cast<int>(fd)};
}

struct Found {
  std::vector<PackEntry> entries;
  std::vector<Fd> files;
  std::uint64_t bytes = 0;
};

Result<> collect_file(Fd file, const struct stat& status, std::string path, Bytes most,
                      Found& found) {
  if (path.size() > kMaxPackedPathBytes)
    return fail(std::make_error_code(std::errc::filename_too_long), "take a file: its path");
  found.bytes += static_cast<std::uint64_t>(status.st_size);
  if (found.bytes > most.count || found.entries.size() >= kMaxPackedFiles)
    return fail(std::make_error_code(std::errc::file_too_large), "take the files: too much");
  found.entries.push_back({std::move(path), (status.st_mode & S_IXUSR) != 0, 0,
                           static_cast<std::uint64_t>(status.st_size)});
  found.files.push_back(std::move(file));
  return {};
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kMaxDepth
Result<> collect(const Fd& directory, const std::string& prefix, unsigned depth, Bytes most,
                 Found& found) {
  if (depth > kMaxDepth)
    return fail(std::make_error_code(std::errc::filename_too_long), "take the files: too deep");
  EVALX_TRY(Fd listing, open_beneath(directory.get(), ".", O_RDONLY | O_DIRECTORY));
  const std::unique_ptr<DIR, int (*)(DIR*)> stream{::fdopendir(listing.get()), &::closedir};
  if (!stream) return fail(last_error(), "read a directory");
  static_cast<void>(listing.release());  // The stream's now.
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(stream.get())) names.emplace_back(entry->d_name);
  std::sort(names.begin(), names.end());  // The same program gives the same pack.
  for (const std::string& name : names) {
    if (name == "." || name == "..") continue;
    auto opened = open_beneath(directory.get(), name.c_str(), O_RDONLY);
    if (!opened) continue;  // A link, a socket: not taken.
    struct stat status {};
    if (::fstat(opened->get(), &status) < 0) return fail(last_error(), "fstat");
    std::string path = prefix.empty() ? name : prefix + "/" + name;
    if (S_ISDIR(status.st_mode)) {
      EVALX_TRY_VOID(collect(*opened, path, depth + 1, most, found));
    } else if (S_ISREG(status.st_mode)) {
      EVALX_TRY_VOID(collect_file(*std::move(opened), status, std::move(path), most, found));
    }
  }
  return {};
}

Result<> place_file(int box, int pack, const PackEntry& entry) {
  for (auto slash = entry.path.find('/'); slash != std::string::npos;
       slash = entry.path.find('/', slash + 1)) {
    if (::mkdirat(box, entry.path.substr(0, slash).c_str(), 0755) < 0 && errno != EEXIST)
      return fail(last_error(), "mkdir for", entry.path);
  }
  EVALX_TRY(const Fd file, kernel::open_at(box, entry.path.c_str(), O_CREAT | O_EXCL | O_WRONLY,
                                           entry.executable ? 0555 : 0444));
  return kernel::copy_bytes(pack, entry.offset, file.get(), entry.size);
}

}  // namespace

Result<Scratch> Scratch::make(std::uint64_t key) {
  EVALX_TRY(Fd without, kernel::open_at(AT_FDCWD, "/proc/self/ns/mnt", O_RDONLY));
  return Scratch{key, std::move(without)};
}

Result<> Scratch::renew(Bytes size, unsigned inodes) {
  // The old namespace, and with it the old scratch, goes as a whole: one wait for the kernel
  // instead of one for each mount.
  box_ = Fd{};
  long answer = kernel::keyed_syscall(key_, SYS_setns, without_.get(), CLONE_NEWNS);
  if (answer < 0) return sys_error(answer, "setns");
  answer = kernel::keyed_syscall(key_, SYS_unshare, CLONE_NEWNS);
  if (answer < 0) return sys_error(answer, "unshare mounts");

  const Mounter mounter{key_};
  EVALX_TRY(const Fd tree, mounter.make("tmpfs",
                                        {{"size", std::to_string(size.count)},
                                         {"nr_inodes", std::to_string(inodes)},
                                         {"mode", "755"}},
                                        MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV));
  for (const char* part : {"box", "tmp", "shm"}) {
    if (::mkdirat(tree.get(), part, kAnybodySticky) < 0 ||
        ::fchmodat(tree.get(), part, kAnybodySticky, 0) < 0)
      return fail(last_error(), "mkdir", part);
  }
  // A part can only be bound from where it is attached; /box itself comes last, over the whole.
  EVALX_TRY_VOID(mounter.attach(tree, AT_FDCWD, "/box"));
  for (const auto& [part, place] :
       {std::pair{"/box/tmp", "/tmp"}, std::pair{"/box/shm", "/dev/shm"},
        std::pair{"/box/box", "/box"}}) {
    EVALX_TRY(const Fd copy, mounter.clone_tree(AT_FDCWD, part));
    EVALX_TRY_VOID(mounter.attach(copy, AT_FDCWD, place));
  }
  EVALX_TRY(box_, kernel::open_at(AT_FDCWD, "/box", O_RDONLY | O_DIRECTORY));
  note_baseline();
  return {};
}

Result<> Scratch::place(int pack) {
  EVALX_TRY(const std::vector<PackEntry> entries, pack_entries(pack));
  for (const PackEntry& entry : entries) EVALX_TRY_VOID(place_file(box_.get(), pack, entry));
  note_baseline();
  return {};
}

Result<> Scratch::make_writable(const std::string& directory) {
  if (!is_safe_path(directory) || directory.find('/') != std::string::npos)
    return fail(std::make_error_code(std::errc::invalid_argument), "make a directory", directory);
  if (::mkdirat(box_.get(), directory.c_str(), kAnybodySticky) == 0) {
    if (::fchmodat(box_.get(), directory.c_str(), kAnybodySticky, 0) < 0)
      return fail(last_error(), "chmod", directory);
  } else if (errno != EEXIST) {
    return fail(last_error(), "mkdir", directory);
  }
  return {};
}

void Scratch::note_baseline() {
  struct statfs status {};
  free_inodes_ = ::fstatfs(box_.get(), &status) == 0 ? status.f_ffree : 0;
}

bool Scratch::is_clean() const {
  struct statfs status {};
  return box_ && ::fstatfs(box_.get(), &status) == 0 && status.f_ffree == free_inodes_;
}

Result<Fd> Scratch::take(const std::string& directory, Bytes most) const {
  EVALX_TRY(const Fd top, open_beneath(box_.get(), directory.c_str(), O_RDONLY | O_DIRECTORY));
  Found found;
  EVALX_TRY_VOID(collect(top, "", 0, most, found));
  Fd packed{::memfd_create("taken", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (!packed) return fail(last_error(), "memfd_create");
  EVALX_TRY_VOID(kernel::write_all(packed.get(), pack_head(found.entries)));
  for (std::size_t i = 0; i < found.files.size(); ++i)
    EVALX_TRY_VOID(
        kernel::copy_bytes(found.files[i].get(), 0, packed.get(), found.entries[i].size));
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
  if (::fcntl(packed.get(), F_ADD_SEALS, kSeals) < 0) return fail(last_error(), "F_ADD_SEALS");
  return packed;
}

}  // namespace evalx::sandbox::native
