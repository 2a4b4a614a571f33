#pragma once
// EVALX_ASSERT: for bugs in evalX itself. It is always on and aborts the process; the lease of a
// running job then expires, and the job is run again.

namespace evalx {

/// Prints the failed condition with its file and line to stderr and aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace evalx

#define EVALX_ASSERT(condition)                        \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::evalx::assertion_failed(#condition, __FILE__, __LINE__))
