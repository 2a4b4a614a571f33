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

/// A lane runs one test after another with the same permit. If other requests wait for a permit,
/// the lane gives its own back after kLaneSliceTests tests, or as soon as its tests have taken
/// kLaneSlice of wall time together.
inline constexpr Microseconds kLaneSlice{200'000};
inline constexpr unsigned kLaneSliceTests = 64;

/// Returns one report per test, in the order of the tests.
///
/// Policy::All: runs every test. `progress` gets each report as soon as its test ends.
///
/// Policy::FirstFailure: runs every test before the first failure, and reports every test after it
/// as skipped, even if it was run. Thus the reports do not depend on which test ended first.
/// `progress` gets the reports in the order of the tests.
///
/// If `stop` is requested, running tests are killed, and all tests that have not ended are reported
/// as cancelled, or as skipped after a failure. Errors are faults of evalX; the trial's other tests
/// are then killed. `reservoir` and `progress` must outlive the call.
Task<Result<std::vector<submission::TestReport>>> run_trial(
    std::unique_ptr<Examination> examination, Reservoir& reservoir, submission::Policy policy,
    Progress& progress, std::stop_token stop);

}  // namespace evalx::judge
