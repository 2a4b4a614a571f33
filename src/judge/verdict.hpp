#pragma once
// Verdict: the one place where evidence becomes a verdict. Pure.

#include <optional>
#include <string>

#include "sandbox/sandbox.hpp"
#include "submission/verdict.hpp"

namespace evalx::judge {

struct Decision {
  submission::Verdict verdict = submission::Verdict::InternalError;
  std::string message;  ///< For people; empty where the verdict says it all.
};

/// Whether the output is worth comparing: the program ended by itself, well, and within its output.
bool is_to_compare(const sandbox::Outcome& outcome) noexcept;

/// What came of one run. `mismatch`: where its output is wrong, if it was compared. Goes by the
/// recorded cause alone: a signal number proves nothing, a program may send itself any of them.
/// Where several hold, the first of this order counts: cancelled, forbidden call, output, memory,
/// CPU time, wall time, signal or exit code, comparison.
Decision decide(const sandbox::Outcome& outcome, const std::optional<std::string>& mismatch);

}  // namespace evalx::judge
