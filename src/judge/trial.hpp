#pragma once
// Trial: all tests of one submission, run in parallel as far as the reservoir gives permits.

#include <memory>
#include <stop_token>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "judge/examination.hpp"
#include "judge/progress.hpp"
#include "judge/reservoir.hpp"
#include "submission/report.hpp"
#include "submission/submission.hpp"

namespace evalx::judge {

/// A lane runs one test after another with the same permit. While other requests wait, it gives the
/// permit back after this much wall time of its tests, or this many tests.
inline constexpr Microseconds kLaneSlice{200'000};
inline constexpr unsigned kLaneSliceTests = 64;

/// One report per test, in order. With Policy::FirstFailure the reports depend on nothing but the
/// verdicts: every test before the first failure is run, and every test behind it is reported as
/// skipped, even if it was run; `progress` then receives the tests in their order, otherwise in
/// the order in which they end.
/// If `stop` is requested, running tests are killed, and all that have not ended are reported as
/// cancelled. Errors are faults of evalX; the trial's other tests are then killed.
/// `reservoir` and `progress` must outlive the call.
Task<Result<std::vector<submission::TestReport>>> run_trial(
    std::unique_ptr<Examination> examination, Reservoir& reservoir, submission::Policy policy,
    Progress& progress, std::stop_token stop);

}  // namespace evalx::judge
