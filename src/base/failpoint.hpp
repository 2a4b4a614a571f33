#pragma once
// Failpoints: named places in the code where a test can kill, stop or delay the process, make an
// operation fail, or record that a job passes.

#include <chrono>
#include <cstdint>
#include <string_view>
#include <system_error>

namespace evalx {

/// The facts that a failpoint adds to a history of a live run.
struct Passing {
  std::string_view job{};          ///< The job's token.
  std::uint64_t lease = 0;         ///< The lease under which a worker runs it.
  std::chrono::microseconds at{};  ///< When a message was sent, if the history needs it.
};

/// Does nothing in the released binary. The fault tests use a second executable, in which
/// tests/fault/failpoints.cpp replaces this function. May be called from any thread and process of
/// evalX, but not between clone and exec. tests/fault/points.py lists the names.
void failpoint(std::string_view name, const Passing& passing = {}) noexcept;

/// The same, for a place that can fail: returns no error, or the error that a test asks for.
[[nodiscard]] std::error_code failpoint_error(std::string_view name) noexcept;

}  // namespace evalx
