#pragma once
// Trial: all tests of one submission, run in parallel as far as the reservoir gives permits.

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "judge/progress.hpp"
#include "judge/reservoir.hpp"
#include "sandbox/sandbox.hpp"
#include "submission/report.hpp"
#include "submission/submission.hpp"

namespace evalx::judge {

/// A lane gives its permit back after this much running, or this many tests, if others wait for
/// one.
inline constexpr Microseconds kLaneSlice{200'000};
inline constexpr unsigned kLaneSliceTests = 64;

struct Trial {
  sandbox::PackFd program;
  std::vector<std::string> argv;  ///< Each test's own arguments are put behind.
  std::vector<std::string> environment;
  submission::Limits limits;  ///< With the language's allowance.
  sandbox::Proc proc = sandbox::Proc::Own;
  SeccompProfile profile = SeccompProfile::Standard;
  std::vector<submission::Test> tests;  ///< At least one.
  submission::Compare compare;
  submission::Policy policy = submission::Policy::All;
  std::string packages;  ///< What to install if a tool of the language is missing.
};

/// One report per test, in order. With Policy::FirstFailure it depends on nothing but the verdicts:
/// every test before the first failure is run, and every one behind it is reported as skipped even
/// if it was run; `progress` then hears of tests in their order, else as they end.
/// If `stop` is requested, what runs is killed, and what has not ended is reported as cancelled.
/// Errors are ours; what else runs for this trial is then killed.
/// `progress`, `sandbox` and `reservoir` must outlive the call.
Task<Result<std::vector<submission::TestReport>>> run_trial(sandbox::Sandbox& sandbox,
                                                            Reservoir& reservoir, Trial trial,
                                                            Progress& progress,
                                                            std::stop_token stop);

}  // namespace evalx::judge
