#pragma once
// Seccomp: compiles a list of rules to one BPF program, a binary tree (libseccomp), and installs
// it.
//
// Keyed calls. A supervisor installs the filter once, and each program inherits it, which costs a
// run no time. But the supervisor must still make calls that are forbidden for programs (mount,
// clone with new namespaces). The filter allows such a call only if the sixth argument register
// holds a random 64-bit key that only the supervisor knows. A call with up to five arguments does
// not read that register.

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
    Trap,   ///< The caller stops, and the owner of the filter is notified (seccomp_unotify(2)).
  };
  /// One comparison of the lower 32 bits of an argument: (argument & mask) == value. The kernel
  /// reads these arguments as 32-bit values, so a program must not evade a rule by setting higher
  /// bits.
  struct Condition {
    unsigned argument = 0;
    std::uint32_t mask = 0xFFFFFFFFU;
    std::uint32_t value = 0;
  };

  /// Its name as in syscalls(2). If libseccomp does not know it, the rule is ignored.
  std::string call;
  Action action = Action::Allow;
  int error = 0;
  std::vector<Condition> conditions;  ///< All must be true. Empty: always true.
  bool keyed = false;                 ///< If true, the call is allowed only with the key.
};

/// A compiled policy without a key: compiled once and used by many supervisors, each with its own
/// key.
class Filter {
 public:
  /// The BPF program for the supervisor that has this key.
  [[nodiscard]] std::vector<sock_filter> with_key(std::uint64_t key) const;

 private:
  friend Result<Filter> compile_filter(const std::vector<SyscallRule>& rules);
  explicit Filter(std::vector<sock_filter> program) : program_(std::move(program)) {}
  std::vector<sock_filter> program_;
};

/// Compiles the rules for x86-64. Calls without a rule fail with ENOSYS; calls of other
/// architectures, x32 included, are trapped. Errors: those of libseccomp, EINVAL for example, with
/// the rule's call.
Result<Filter> compile_filter(const std::vector<SyscallRule>& rules);

/// Installs the program for the calling thread and all its future children, permanently; sets
/// no_new_privs first. Returns the listener, which becomes readable when a call is trapped
/// (Linux >= 5.0). Errors: prctl(2)'s and seccomp(2)'s.
Result<Fd> install_filter(const std::vector<sock_filter>& program);

}  // namespace evalx::kernel
