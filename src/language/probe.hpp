#pragma once
// Probe: runs short, trusted commands of this machine at the same time and returns their output.

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace evalx::language {

/// Long enough for all compilers of a machine that is busy, or has a small CPU quota: a language without
/// an answer is unavailable until the next start.
inline constexpr std::chrono::seconds kProbeDeadline{20};
inline constexpr std::size_t kMaxProbeOutput = 64 * 1024;
inline constexpr std::size_t kMaxProbesAtOnce = 32;

struct ProbeResult {
  std::string output;  ///< stdout and stderr, the first kMaxProbeOutput bytes.
  /// Why there is no output: "exit code 127", "no answer within 20000 ms". Empty after a success.
  std::string problem;
};

/// Runs each argv in "/", without input; argv[0] is a path; the environment is PATH, HOME and LANG.
/// At most kMaxProbesAtOnce run at the same time. Blocks until all have ended, or until the
/// deadline of all together has passed; then kills the remaining ones with their process groups.
std::vector<ProbeResult> probe(const std::vector<std::vector<std::string>>& commands,
                               std::chrono::milliseconds deadline = kProbeDeadline);

}  // namespace evalx::language
