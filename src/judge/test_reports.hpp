#pragma once
// Reports of single tests: one that was run, and one that was not.

#include <cstddef>

#include "judge/verdict.hpp"
#include "sandbox/sandbox.hpp"
#include "submission/report.hpp"

namespace evalx::judge {

/// The report of test `index`, which was run.
submission::TestReport report_of(std::size_t index, sandbox::Outcome outcome, Decision decision);

/// The report of a test without a run: `verdict` is Skipped or Cancelled.
submission::TestReport not_run(std::size_t index, submission::Verdict verdict);

}  // namespace evalx::judge
