#pragma once
// Last words: the report of a submission that ended without being judged to its end.

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "submission/report.hpp"

namespace evalx::submission {

/// These reports have a verdict, a message for the client, and neither tests nor a compile report.
/// `attempt` is the number of attempts begun so far; 0 if no worker has started the submission.

/// A fault of evalX ended the last attempt. `cause` becomes the message; `queue_time` is the time
/// before this attempt.
Report failed_report(unsigned attempt, Microseconds queue_time, std::string cause);

/// The queue gave up: workers died while judging it (`deaths` times), or, if `deaths` is 0, the
/// stored job cannot be read, for the reason in `cause`. An empty `cause` is unknown.
Report dead_report(unsigned attempt, unsigned deaths, std::string_view cause);

/// No worker started it (again) before it expired. `queue_time` is the time from its acceptance
/// until it expired; less than zero, as after a change of the wall clock, counts as zero.
Report expired_report(unsigned attempt, Microseconds queue_time);

/// The client cancelled it.
Report cancelled_report(unsigned attempt);

/// For a submission that the queue ended with `stored`, which is not a report: the message is the
/// "cause" or "message" of `stored` if that is a JSON object with one, otherwise a fixed text.
/// `verdict` says how it ended: Cancelled, Expired or InternalError.
Report report_without_results(Verdict verdict, unsigned attempt, std::string_view stored);

}  // namespace evalx::submission
