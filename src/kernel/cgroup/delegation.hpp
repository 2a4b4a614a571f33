#pragma once
// Delegation: makes a cgroup of version 2 the parent of groups with controllers, and undoes that.

#include <sys/types.h>

#include <array>
#include <string>

#include "base/result.hpp"
#include "kernel/fd.hpp"

namespace evalx::kernel {

/// The controllers that evalX needs; cpu.stat exists without the controller cpu.
inline constexpr const char* kDelegatedControllers = "+memory +pids";

/// A group of version 2 whose children have memory and pids. The kernel allows that only if the
/// group itself has no process (cgroups(7), "no internal processes"): then this process and its
/// parent, which is an evalX too, move into its leaf evalx-main, if they are in the group. Other
/// processes are never moved. The destructor moves both back, removes the leaf and disables the
/// controllers, unless another evalX uses them, or they were enabled before. A copy in a fork may
/// do so instead.
class Delegation {
 public:
  /// Errors: EBUSY, with words for the user, if other processes are in the group; those of the
  /// control files. After an error the group is as it was before.
  static Result<Delegation> prepare(const std::string& directory);
  Delegation(Delegation&&) noexcept = default;
  Delegation& operator=(Delegation&&) = delete;
  ~Delegation();

  static constexpr const char* kMain = "evalx-main";

 private:
  explicit Delegation(Fd directory);
  Result<> enable();
  Result<> move_into_main();
  void move_back();

  Fd directory_;
  /// This process and its parent, by their numbers here.
  std::array<pid_t, 2> own_;
};

/// Shared, while groups in `directory` are made: a Delegation does not end meanwhile. Waits for one
/// that is ending at most a second, and then goes on without the lock.
Fd hold_delegation(const std::string& directory);

}  // namespace evalx::kernel
