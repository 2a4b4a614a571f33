#pragma once
// KeptTests: the tests in the checkpoints of earlier attempts that this attempt need not run again.

#include <optional>
#include <string>
#include <vector>

#include "submission/report.hpp"

namespace evalx::worker {

/// Whether a report is the test's final result. If not, the test must run again: it was cancelled,
/// skipped, or evalX failed.
bool is_final(const submission::TestReport& report);

/// The finished tests that were run with `program`, each once, in the order of their reports. Tests
/// before a part of another program are not kept. `tests` is the number of tests of the submission.
/// nullopt, and a line in the log, if a part cannot be read or has an impossible test.
std::optional<std::vector<submission::TestReport>> kept_tests(const std::vector<std::string>& parts,
                                                              const std::string& program,
                                                              std::size_t tests);

}  // namespace evalx::worker
