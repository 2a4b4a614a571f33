#pragma once
// EVALX_ASSERT: for bugs of ours. Always on; aborts, and the lease brings the job back.

namespace evalx {

/// Prints the failed condition with its place to stderr and aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace evalx

#define EVALX_ASSERT(condition)                        \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::evalx::assertion_failed(#condition, __FILE__, __LINE__))
