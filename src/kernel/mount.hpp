#pragma once
// Mounts by descriptor: a mount is made detached, gets its attributes, and is attached last
// (fsopen(2), fsmount(2), move_mount(2): Linux >= 5.2; mount_setattr(2): Linux >= 5.12). A detached
// mount ends when its descriptor is closed.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "kernel/fd.hpp"

namespace evalx::kernel {

/// The system calls that make mounts, each with `key` in the sixth register (seccomp.hpp): a
/// process under a filter can make them if it knows the key. A process without a filter uses key 0.
/// Errors of all functions: those of the system call, with its name.
class Mounter {
 public:
  explicit Mounter(std::uint64_t key) noexcept : key_(key) {}

  using Options = std::vector<std::pair<const char*, std::string>>;  ///< Names and values.
  /// Makes a new file system, detached. `attributes`: MOUNT_ATTR_*.
  Result<Fd> make(const char* type, const Options& options, unsigned attributes) const;

  /// Makes a detached copy of the mount at `path`, with the mounts below it.
  Result<Fd> clone_tree(int dir, const char* path) const;

  /// Sets MOUNT_ATTR_* flags on a mount and all mounts below it.
  Result<> set_attributes(const Fd& tree, std::uint64_t attributes) const;

  /// Attaches a detached mount at `path`, relative to `dir`.
  Result<> attach(const Fd& tree, int dir, const char* path) const;

 private:
  std::uint64_t key_;
};

}  // namespace evalx::kernel
