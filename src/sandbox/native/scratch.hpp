#pragma once
// Scratch: the writable part of a box, one size-limited tmpfs behind /box, /tmp and /dev/shm.

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "kernel/fd.hpp"

namespace evalx::sandbox::native {

/// Lives in a supervisor, whose mount namespace it changes. Programs' files are never touched by a
/// path: a scratch that is not clean is replaced as a whole, and dies by being unmounted.
class Scratch {
 public:
  /// Remembers the present mount namespace as the one without a scratch. Errors: open(2)'s.
  static Result<Scratch> make(std::uint64_t key);

  /// Replaces what is there by an empty scratch. No process may be left in the old one.
  Result<> renew(Bytes size, unsigned inodes);
  [[nodiscard]] bool exists() const { return static_cast<bool>(box_); }

  /// Places the files of a pack into /box, owned by the supervisor's uid and read-only; what is
  /// then there is what a clean box holds.
  Result<> place(int pack);
  /// Makes a directory in /box that programs may write to, if it is not there.
  Result<> make_writable(const std::string& directory);
  void note_baseline();
  /// Whether the number of files is what it was at the baseline, none was made since, and no
  /// directory that programs may write to was touched (utimensat(2) needs no more than that):
  /// programs cannot change ours, so then nothing of theirs is left, not even in inode numbers and
  /// times. What is clean becomes the next baseline.
  [[nodiscard]] bool is_clean();

  /// Packs what is below a directory of /box (transfer.hpp). To be called when no process is left.
  Result<kernel::Fd> take(const std::string& directory, Bytes most) const;

 private:
  Scratch(std::uint64_t key, kernel::Fd without) : key_(key), without_(std::move(without)) {}

  /// The number of a file made now, which leaves no name; 0 if none can be made. A tmpfs counts
  /// upwards (Linux >= 5.9).
  [[nodiscard]] std::uint64_t next_inode() const;
  /// When /box, /tmp and /dev/shm were last changed in any way, in nanoseconds; -1: cannot be said.
  [[nodiscard]] std::array<std::int64_t, 3> changed_ns() const;

  std::uint64_t key_;
  kernel::Fd without_;
  kernel::Fd box_;
  std::uint64_t free_inodes_ = 0;
  std::uint64_t last_inode_ = 0;
  std::array<std::int64_t, 3> changed_ns_{};
};

}  // namespace evalx::sandbox::native
