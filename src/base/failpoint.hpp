#pragma once
// Failpoints: named places at which tests kill, stop, delay or fail a process, and see jobs pass.

#include <chrono>
#include <cstdint>
#include <string_view>
#include <system_error>

namespace evalx {

/// What is known at a place: for histories of live runs.
struct Passing {
  std::string_view job{};          ///< Its token.
  std::uint64_t lease = 0;         ///< The lease it is held by.
  std::chrono::microseconds at{};  ///< When something was sent, where that counts.
};

/// Does nothing: what acts is linked into a second executable, by tests/fault/failpoints.cpp.
/// Any thread, and any process of ours but between clone and exec. The names stand in
/// tests/fault/points.py.
void failpoint(std::string_view name, const Passing& passing = {}) noexcept;

/// As failpoint, where an error can be returned: no error, or the one that a test asks for.
[[nodiscard]] std::error_code failpoint_error(std::string_view name) noexcept;

}  // namespace evalx
