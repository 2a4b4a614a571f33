#pragma once
// Documents: a submission's state or result as this API shows it, made from the queue's record.

#include <array>
#include <string>
#include <string_view>

#include "http/message.hpp"
#include "queue/inbox.hpp"
#include "submission/verdict.hpp"

namespace evalx::api::v1 {

/// The fields of an unfinished submission. A finished one has "token", "status", and the fields of
/// its report (submission::kReportFields).
inline constexpr std::array<std::string_view, 4> kPendingFields{"token", "status", "attempt",
                                                                "urls"};

/// The path of the submission with this token.
std::string location_of(std::string_view token);

/// The verdict of a finished submission. `record` must be terminal.
submission::Verdict verdict_of(const queue::Record& record);

/// 202 with the document of an unfinished submission.
http::Response accepted_response(const queue::Record& record);

/// 200 with the result if the submission is finished, otherwise with its state.
http::Response state_response(queue::Record record);

}  // namespace evalx::api::v1
