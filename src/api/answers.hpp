#pragma once
// Answers: responses that every API sends: JSON documents, and problems for the queue's errors.

#include <string>

#include "base/result.hpp"
#include "http/message.hpp"
#include "http/problem.hpp"
#include "queue/figures.hpp"

namespace evalx::api {

inline constexpr http::ProblemKind kMalformedJson{400, "malformed_json", "Malformed JSON"};
inline constexpr http::ProblemKind kInvalidHeader{400, "invalid_header", "Invalid header"};
inline constexpr http::ProblemKind kUnknownSubmission{404, "unknown_submission", "Not found"};
inline constexpr http::ProblemKind kAlreadyFinished{409, "already_finished", "Already finished"};
inline constexpr http::ProblemKind kKeyInUse{409, "idempotency_key_in_use",
                                             "Idempotency key in use"};
inline constexpr http::ProblemKind kResultEvicted{410, "result_evicted", "Result evicted"};
inline constexpr http::ProblemKind kInvalidSubmission{422, "invalid_submission",
                                                      "Invalid submission"};
inline constexpr http::ProblemKind kQueueFull{503, "queue_full", "Queue full"};
inline constexpr http::ProblemKind kQueueUnavailable{503, "queue_unavailable", "Queue unavailable"};
inline constexpr http::ProblemKind kOutcomeUnknown{503, "outcome_unknown", "Outcome unknown"};
inline constexpr http::ProblemKind kShuttingDown{503, "shutting_down", "Shutting down"};

/// 200 with `json` and a newline, for a terminal, as its body.
http::Response json_response(std::string json);

/// The response to a request that the queue refused with `error`: 404, 409, 410 or 503. `figures` are
/// the queue's: Retry-After depends on them. Unavailable, OutcomeUnknown, and each error that is not a queue::Errc,
/// becomes 503 and one line in the log.
http::Response queue_problem(const Error& error, const queue::Figures& figures);

/// 404. It is the same for every token that is malformed, unknown or deleted.
http::Response unknown_submission();

}  // namespace evalx::api
