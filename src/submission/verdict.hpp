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
  RuntimeError,       ///< Exit code other than 0, a signal, or a file that cannot be executed.
  SecurityViolation,  ///< A system call that only an attack makes.
  InternalError,      ///< A fault of evalX, never of the program; the client may submit again.
  Cancelled,          ///< By the client; or at a terminal, by Ctrl-C.
  Expired,            ///< No worker started it, or retried it, within its client's expires_after.
  Skipped,            ///< A test that does not count: the program does not compile, or an earlier
                      ///< test failed and the policy is first_failure.
};

/// The verdict as the API, the metrics and the command line name it, such as "wrong_answer".
std::string_view to_string(Verdict verdict) noexcept;
std::optional<Verdict> verdict_from_string(std::string_view word) noexcept;

}  // namespace evalx::submission
