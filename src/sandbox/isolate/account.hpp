#pragma once
// Account: one pure function from all that is known about a run to its Outcome.

#include <string>

#include "base/result.hpp"
#include "kernel/child.hpp"
#include "sandbox/sandbox.hpp"

namespace evalx::sandbox::isolate {

struct Evidence {
  kernel::ExitStatus tool;  ///< How the tool itself ended.
  std::string meta;         ///< The tool's meta-file; empty if it wrote none.
  bool cancelled = false;   ///< We stopped it on request.
  bool output_over = false;
  submission::Output out;
  submission::Output err;  ///< Also has the tool's message if the tool failed.
};

/// The times decide which limit a status of "timed out" means, not the message. If several causes
/// apply, a cancelled run is Cancelled; then the order is that of the verdicts: output, memory,
/// CPU, wall. Errors: EIO with the tool's message if the tool failed, EBADMSG for a meta-file that
/// makes no sense. (Tools from 1.9 on report a program that cannot be started as exit code 127. A
/// program can exit with 127 as well, so here it is an exit code, not NotStarted.)
Result<Outcome> account(Evidence evidence, const submission::Limits& limits);

/// The outcome of a program that execve(2) refuses with `error`.
Outcome not_started(std::error_code error);

}  // namespace evalx::sandbox::isolate
