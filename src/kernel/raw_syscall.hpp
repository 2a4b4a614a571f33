#pragma once
// Raw system calls: no errno, no wrapper, all six argument registers. x86-64.
//
// For code that may not use glibc's wrappers: between clone and exec in shared memory, where errno
// belongs to the parent's thread, and for calls with a key (seccomp.hpp).

#include <cstdint>
#include <type_traits>

#if !defined(__x86_64__)
#error "evalX's sandbox is written for x86-64"
#endif

namespace evalx::kernel {

// Always inlined: between clone and exec no function with a sanitizer's instrumentation may run. If
// the function were not inlined, the linker could choose an instrumented copy of it.
#define EVALX_BARE [[gnu::always_inline]] inline

/// Returns the result of the kernel: a value, or -errno.
EVALX_BARE long raw_syscall6(long number, long a, long b, long c, long d, long e, long f) noexcept {
  long answer;  // NOLINT(cppcoreguidelines-init-variables): the assembly sets it
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall"
               : "=a"(answer)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return answer;
}

namespace detail {
template <class T>
EVALX_BARE long word(T value) noexcept {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<long>(value);  // NOLINT: a register holds either
  } else if constexpr (std::is_null_pointer_v<T>) {
    return 0;
  } else {
    return static_cast<long>(value);
  }
}
}  // namespace detail

template <class... Args>
EVALX_BARE long raw_syscall(long number, Args... args) noexcept {
  static_assert(sizeof...(Args) <= 6);
  const long words[6] = {detail::word(args)...};
  return raw_syscall6(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

/// A system call with `key` in the sixth register: seccomp.hpp explains its purpose.
template <class... Args>
EVALX_BARE long keyed_syscall(std::uint64_t key, long number, Args... args) noexcept {
  static_assert(sizeof...(Args) <= 5, "the sixth register holds the key");
  const long words[5] = {detail::word(args)...};
  return raw_syscall6(number, words[0], words[1], words[2], words[3], words[4],
                      static_cast<long>(key));
}

}  // namespace evalx::kernel
