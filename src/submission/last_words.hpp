#pragma once
// Last words: the report of a submission that ended without being judged to its end.

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "submission/report.hpp"

namespace evalx::submission {

// These reports have a verdict, a message for the client, and neither tests nor a compile report.
// `attempt` is the number of attempts begun so far; 0 if no worker has started the submission.

/// A fault of evalX ended the last attempt. `cause` becomes the message; `queue_time` is the time
/// that the submission waited before this attempt, since its acceptance or its last release.
Report failed_report(unsigned attempt, Microseconds queue_time, std::string cause);

/// The queue gave the submission up. If `deaths` is not 0, that many workers died while judging it.
/// If it is 0, the stored job cannot be read, for the reason in `cause`; empty if the reason is
/// unknown.
Report dead_report(unsigned attempt, unsigned deaths, std::string_view cause);

/// The submission expired before a worker started it, or started it again. `queue_time` is the time
/// from its acceptance until it expired. It may be negative after a change of the wall clock, and
/// then counts as zero.
Report expired_report(unsigned attempt, Microseconds queue_time);

/// The client cancelled it.
Report cancelled_report(unsigned attempt);

/// For a submission that ended with a stored result that is not a report. The message is the
/// "cause" of `stored`, or else its "message", if it is a JSON object with one; otherwise a fixed
/// text. `verdict` is Cancelled, Expired or InternalError.
Report report_without_results(Verdict verdict, unsigned attempt, std::string_view stored);

}  // namespace evalx::submission
