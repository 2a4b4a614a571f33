#pragma once
// Probe: runs short trusted commands of this machine at the same time and brings back what they
// print.

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace evalx::language {

inline constexpr std::chrono::seconds kProbeDeadline{5};
inline constexpr std::size_t kMaxProbeOutput = 64 * 1024;
inline constexpr std::size_t kMaxProbesAtOnce = 32;

struct ProbeResult {
  std::string output;  ///< stdout and stderr, the first kMaxProbeOutput bytes.
  std::string
      problem;  ///< Why there is no answer: "exit code 127", "no answer within 5 s". Else empty.
};

/// Runs each argv with nothing but PATH, HOME and LANG, no input, in "/". Blocks until all are
/// done or the deadline has passed; what is left then is killed with its process group.
std::vector<ProbeResult> probe(const std::vector<std::vector<std::string>>& commands,
                               std::chrono::milliseconds deadline = kProbeDeadline);

}  // namespace evalx::language
