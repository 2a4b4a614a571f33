#pragma once
// Checkpoint: how much of an unfinished job's work a queue keeps for its next attempt.

#include <cstddef>
#include <string>

#include "base/result.hpp"
#include "queue/content.hpp"
#include "queue/state.hpp"

namespace evalx::queue {

inline constexpr std::size_t kCheckpointPartBytesMax = std::size_t{8} * 1024 * 1024;
/// All parts of a job together: as much as the outputs in its report may need, and some seals.
inline constexpr std::size_t kCheckpointBytesMax = std::size_t{32} * 1024 * 1024 + 1024;

/// For a sealed part. Errors: Full if it is too large for any job.
inline Result<> check_part(const std::string& part) {
  if (part.size() <= kCheckpointPartBytesMax + kSealBytes) return {};
  return fail(Errc::Full, "checkpoint: a part of", std::to_string(part.size()) + " bytes");
}

}  // namespace evalx::queue
