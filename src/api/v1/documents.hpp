#pragma once
// The documents this surface answers with, made from what the queue knows of a submission.

#include <array>
#include <string>
#include <string_view>

#include "http/message.hpp"
#include "queue/inbox.hpp"

namespace evalx::api::v1 {

/// The fields of a submission that is not finished; a finished one has "token" and "status" and
/// then the fields of its report (submission::kReportFields).
inline constexpr std::array<std::string_view, 4> kPendingFields{"token", "status", "attempt",
                                                                "urls"};

std::string location_of(std::string_view token);

/// 202 with the pending document.
http::Response accepted_response(const queue::Record& record);

/// 200: the result if the submission is finished, else its state.
http::Response state_response(queue::Record record);

}  // namespace evalx::api::v1
