#pragma once
// Verdict: the one place that decides a verdict from the evidence of a run. Pure.

#include <optional>
#include <string>

#include "sandbox/sandbox.hpp"
#include "submission/verdict.hpp"

namespace evalx::judge {

struct Decision {
  submission::Verdict verdict = submission::Verdict::InternalError;
  std::string message;  ///< For people; empty if the verdict needs no explanation.
};

/// Whether to compare the output: the program exited with 0 and is within its output limit.
bool is_to_compare(const sandbox::Outcome& outcome) noexcept;

/// Whether a disturbance may be the reason for how the run ended. It is not if the run met a limit
/// of its own, or was killed for what it did.
bool may_be_disturbed(const sandbox::Outcome& outcome) noexcept;

/// Decides the verdict of one run. `mismatch` is the place where its output is wrong; nullopt if
/// the output is right or was not compared. A signal number is no evidence of a limit, because a
/// program may send any signal to itself: only the recorded cause is, and for the output limit also
/// a truncated output. If several of these hold, the first decides: cancelled, forbidden call,
/// output limit, memory limit, CPU time, wall time, not started, signal or exit code, comparison.
Decision decide(const sandbox::Outcome& outcome, const std::optional<std::string>& mismatch);

}  // namespace evalx::judge
