#include "sandbox/native/scratch.hpp"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/file.hpp"
#include "kernel/mount.hpp"
#include "kernel/raw_syscall.hpp"
#include "sandbox/pack.hpp"
#include "sandbox/transfer.hpp"

namespace evalx::sandbox::native {
namespace {

using kernel::Fd;
using kernel::Mounter;

constexpr mode_t kAnybodySticky = 01777;

auto sys_error(long answer, std::string_view what) {
  return fail(code_of(answer), what);
}

}  // namespace

Result<Scratch> Scratch::make(std::uint64_t key) {
  EVALX_TRY(Fd without, kernel::open_at(AT_FDCWD, "/proc/self/ns/mnt", O_RDONLY));
  return Scratch{key, std::move(without)};
}

Result<> Scratch::renew(Bytes size, unsigned inodes) {
  // Leaving the old namespace removes it with the old scratch: one wait for the kernel instead of
  // one for each mount.
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
                                        // No access times: the next run would see them.
                                        MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOATIME));
  for (const char* part : {"box", "tmp", "shm"}) {
    if (::mkdirat(tree.get(), part, kAnybodySticky) < 0 ||
        ::fchmodat(tree.get(), part, kAnybodySticky, 0) < 0)
      return fail(last_error(), "mkdir", part);
  }
  // A part can only be bound while the whole is attached; /box itself is last, and covers it.
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
  EVALX_TRY_VOID(place_files(pack, box_.get()));
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
  last_inode_ = next_inode();
  changed_ns_ = changed_ns();
}

std::array<std::int64_t, 3> Scratch::changed_ns() const {
  constexpr std::array kWritable{"/box", "/tmp", "/dev/shm"};
  std::array<std::int64_t, 3> times{};
  for (std::size_t i = 0; i < kWritable.size(); ++i) {
    struct stat status {};
    times[i] = ::lstat(kWritable[i], &status) == 0
                   ? status.st_ctim.tv_sec * 1'000'000'000L + status.st_ctim.tv_nsec
                   : -1;
  }
  return times;
}

std::uint64_t Scratch::next_inode() const {
  const Fd file{::openat(box_.get(), ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600)};
  struct stat status {};
  return file && ::fstat(file.get(), &status) == 0 ? status.st_ino : 0;
}

bool Scratch::is_clean() {
  struct statfs status {};
  if (!box_ || ::fstatfs(box_.get(), &status) < 0 || status.f_ffree != free_inodes_ ||
      changed_ns() != changed_ns_)
    return false;
  const std::uint64_t before = last_inode_;
  last_inode_ = next_inode();
  return last_inode_ == before + 1;
}

Result<Fd> Scratch::take(const std::string& directory, Bytes most) const {
  return take_files(box_.get(), directory.c_str(), most);
}

}  // namespace evalx::sandbox::native
