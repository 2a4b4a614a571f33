#pragma once
// Scratch: the writable part of a box: one size-limited tmpfs behind /box, /tmp and /dev/shm.

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "kernel/fd.hpp"

namespace evalx::sandbox::native {

/// Used in a supervisor. It changes the mount namespace of the process. No file of a program is
/// ever removed by its path: a scratch that is not clean is unmounted and replaced as a whole.
class Scratch {
 public:
  /// Remembers the current mount namespace as the one without a scratch. Errors: open(2)'s.
  static Result<Scratch> make(std::uint64_t key);

  /// Replaces the scratch, if any, by an empty one. No process may be left in the old one.
  Result<> renew(Bytes size, unsigned inodes);
  [[nodiscard]] bool exists() const { return static_cast<bool>(box_); }

  /// Places the files of a pack into /box, read-only and owned by the supervisor's uid, and notes
  /// the baseline.
  Result<> place(int pack);
  /// Makes a directory in /box that programs may write to. If the name exists, changes nothing.
  /// Errors: EINVAL for a name with a slash.
  Result<> make_writable(const std::string& directory);
  /// Remembers the current state as that of a clean box.
  void note_baseline();
  /// Whether the number of files is the same as at the baseline, no file was made since, and no
  /// directory that programs may write to was changed (utimensat(2) needs write access only).
  /// Programs cannot change our files, so then nothing of theirs is left, not even in inode numbers
  /// and times. A clean state becomes the next baseline.
  [[nodiscard]] bool is_clean();

  /// Packs the files below a directory of /box (transfer.hpp). No process may be left.
  Result<kernel::Fd> take(const std::string& directory, Bytes most) const;

 private:
  Scratch(std::uint64_t key, kernel::Fd without) : key_(key), without_(std::move(without)) {}

  /// Makes a file without a name and returns its inode number; 0 if that fails. A tmpfs counts
  /// upwards (Linux >= 5.9).
  [[nodiscard]] std::uint64_t next_inode() const;
  /// The times of the last change (st_ctim) of /box, /tmp and /dev/shm in nanoseconds; -1: unknown.
  [[nodiscard]] std::array<std::int64_t, 3> changed_ns() const;

  std::uint64_t key_;
  kernel::Fd without_;  ///< The mount namespace without a scratch.
  kernel::Fd box_;
  std::uint64_t free_inodes_ = 0;
  std::uint64_t last_inode_ = 0;
  std::array<std::int64_t, 3> changed_ns_{};
};

}  // namespace evalx::sandbox::native
