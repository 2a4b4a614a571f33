#pragma once
// Mounts by descriptor: made detached, set read-only, attached last (fsopen(2) and friends,
// Linux >= 5.2; mount_setattr(2), Linux >= 5.12). A detached tree vanishes with its descriptor.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "kernel/fd.hpp"

namespace evalx::kernel {

/// The calls that make mounts, each with `key` in the sixth register (seccomp.hpp), so that a
/// filtered process that knows the key can still make them. Key 0 for a process without a filter.
class Mounter {
 public:
  explicit Mounter(std::uint64_t key) noexcept : key_(key) {}

  using Options = std::vector<std::pair<const char*, std::string>>;  ///< nullptr value: a flag.
  /// A new file system, detached. `attributes`: MOUNT_ATTR_*.
  Result<Fd> make(const char* type, const Options& options, unsigned attributes) const;

  /// A detached copy of what is at `path`, with the mounts below it.
  Result<Fd> clone_tree(int dir, const char* path) const;

  /// Sets MOUNT_ATTR_* flags on a whole tree.
  Result<> set_attributes(const Fd& tree, std::uint64_t attributes) const;

  /// Attaches a detached tree at `path` below `dir`.
  Result<> attach(const Fd& tree, int dir, const char* path) const;

 private:
  std::uint64_t key_;
};

}  // namespace evalx::kernel
