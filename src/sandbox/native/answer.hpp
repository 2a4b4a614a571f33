#pragma once
// Answer: what a worker asks of a supervisor, and what it accepts as the outcome.

#include <vector>

#include "sandbox/native/protocol.hpp"
#include "sandbox/sandbox.hpp"

namespace evalx::sandbox::native {

/// Without the files, the stdin and the flags of the descriptors. Moves from `spec`.
Run request_of(const BoxSpec& box, RunSpec& spec);

/// Reads the outputs. Does not trust the supervisor. Errors: EBADMSG if the answer contradicts
/// itself or has an output of more than `most_output`; read(2)'s.
Result<Outcome> outcome_of(Ran ran, std::vector<kernel::Fd> fds, Bytes most_output);

}  // namespace evalx::sandbox::native
