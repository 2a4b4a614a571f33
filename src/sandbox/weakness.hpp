#pragma once
// Weakness: a mechanism that this machine lacks, what is lost without it, and how to have it.

#include <string>
#include <vector>

#include "base/result.hpp"

namespace evalx::sandbox {

struct Weakness {
  std::string mechanism;  ///< "a cgroup with memory, pids and cpu".
  std::string lost;       ///< What no longer holds without it.
  std::string fix;        ///< What somebody can do about it.
  bool required = true;   ///< Without `--allow-weak` evalX does not start. Else only told.

  friend bool operator==(const Weakness&, const Weakness&) = default;
};

/// Of one engine; what comes over the protocol is held to it.
inline constexpr std::size_t kMaxWeaknesses = 16;

/// Whether evalX starts: ENOTSUP, naming each required mechanism that is missing, its fix, and the
/// flag `--allow-weak`, unless none is or `allow_weak`.
Result<> check_weaknesses(const std::vector<Weakness>& weaknesses, bool allow_weak);

}  // namespace evalx::sandbox
