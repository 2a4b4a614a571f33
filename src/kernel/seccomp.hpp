#pragma once
// Seccomp: a list of rules becomes one tree-shaped BPF program (libseccomp), installed by raw call.
//
// Keyed calls. A supervisor installs the filter once and lets each program inherit it, which costs
// a run nothing. It must itself still make calls that no program may make (mount, clone with new
// namespaces). Such a call is allowed only if its sixth argument register, which no call with up
// to five arguments reads, holds a random 64-bit key that the supervisor alone knows.

#include <linux/filter.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "kernel/fd.hpp"

namespace evalx::kernel {

struct SyscallRule {
  enum class Action {
    Allow,
    Errno,  ///< The call fails with `error`.
    Trap,   ///< The caller stops, and the filter's owner is told (seccomp_unotify(2)).
  };
  /// One comparison of 32 bits of an argument: (argument & mask) == value. Compared 32 bits wide
  /// because the kernel reads these arguments so: bits above must not help to slip through.
  struct Condition {
    unsigned argument = 0;
    std::uint32_t mask = 0xFFFFFFFFU;
    std::uint32_t value = 0;
  };

  std::string call;  ///< By name, as in syscalls(2). Unknown to libseccomp: the default holds.
  Action action = Action::Allow;
  int error = 0;
  std::vector<Condition> conditions;  ///< All must hold. Empty: always.
  bool keyed = false;                 ///< Allowed only with the key.
};

/// A compiled policy whose key is still open: compiled once, used by many supervisors.
class Filter {
 public:
  /// The program for the one owner who knows this key.
  [[nodiscard]] std::vector<sock_filter> with_key(std::uint64_t key) const;

 private:
  friend Result<Filter> compile_filter(const std::vector<SyscallRule>& rules);
  explicit Filter(std::vector<sock_filter> program) : program_(std::move(program)) {}
  std::vector<sock_filter> program_;
};

/// Compiles the rules for x86-64; every other call fails with ENOSYS, every other architecture
/// (x32 included) is trapped. Errors: EINVAL naming the rule.
Result<Filter> compile_filter(const std::vector<SyscallRule>& rules);

/// Installs the program for the calling thread and all it will start, for ever (no_new_privs is
/// set first). Returns the listener that becomes readable when a call is trapped (Linux >= 5.0).
Result<Fd> install_filter(const std::vector<sock_filter>& program);

}  // namespace evalx::kernel
