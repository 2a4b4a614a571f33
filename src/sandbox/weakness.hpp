#pragma once
// Weakness: a mechanism that this machine lacks, what is lost without it, and how to get it.

#include <string>
#include <vector>

#include "base/result.hpp"

namespace evalx::sandbox {

struct Weakness {
  std::string mechanism;  ///< "a cgroup with memory and pids".
  std::string lost;       ///< The property that is lost without it.
  std::string fix;        ///< How the operator can provide it.
  bool required = true;   ///< evalX starts without it only with `--allow-weak`.

  friend bool operator==(const Weakness&, const Weakness&) = default;
};

/// For one engine. The protocol refuses more.
inline constexpr std::size_t kMaxWeaknesses = 16;

/// Whether evalX may start. Errors: ENOTSUP if a required mechanism is missing and `allow_weak` is
/// not set; it names each of them with its fix, and the flag `--allow-weak`.
Result<> check_weaknesses(const std::vector<Weakness>& weaknesses, bool allow_weak);

}  // namespace evalx::sandbox
