#pragma once
// Verdict: how one test, or a whole submission, ended.

#include <optional>
#include <string_view>

namespace evalx::submission {

enum class Verdict {
  Accepted,
  WrongAnswer,
  CompileError,
  TimeLimit,  ///< CPU time.
  WallLimit,
  MemoryLimit,
  OutputLimit,
  RuntimeError,       ///< Exit code other than 0, or a signal.
  SecurityViolation,  ///< A system call that only an attack makes.
  InternalError,      ///< A fault of evalX, never of the program; the client may submit again.
  Cancelled,
  Expired,  ///< Not run: no worker started it within the time that its client gave it.
  Skipped,  ///< Not run: an earlier test failed and the policy was first_failure.
};

/// The verdict as the API, the metrics and the command line name it, such as "wrong_answer".
std::string_view to_string(Verdict verdict) noexcept;
std::optional<Verdict> verdict_from_string(std::string_view word) noexcept;

}  // namespace evalx::submission
