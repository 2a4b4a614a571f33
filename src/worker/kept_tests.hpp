#pragma once
// KeptTests: what the checkpoints of earlier attempts say, as far as it can be gone on with.

#include <optional>
#include <string>
#include <vector>

#include "submission/report.hpp"

namespace evalx::worker {

/// Whether a test's report says all there is to say of it, and another run would be one too many.
bool is_final(const submission::TestReport& report);

/// The tests that the last of the attempts that ran `program` could go on with, each once, in the
/// order in which they were told; empty if another program was run since. `tests`: how many the
/// submission has. nullopt, after a line in the log, if a part cannot be read.
std::optional<std::vector<submission::TestReport>> kept_tests(const std::vector<std::string>& parts,
                                                              const std::string& program,
                                                              std::size_t tests);

}  // namespace evalx::worker
