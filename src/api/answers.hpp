#pragma once
// Answers: responses that every API sends: JSON documents, and problems for the queue's errors.

#include <string>

#include "base/result.hpp"
#include "http/message.hpp"
#include "queue/figures.hpp"

namespace evalx::api {

/// 200 with `json` as its body.
http::Response json_response(std::string json);

/// The response to a request that the queue refused with `error`: 404, 409 or 503. `figures` are
/// the queue's: Retry-After depends on them. Unavailable, and each error that is not a queue::Errc,
/// becomes 503 and one line in the log.
http::Response queue_problem(const Error& error, const queue::Figures& figures);

/// 404. It is the same for every token that is malformed, unknown or deleted.
http::Response unknown_submission();

}  // namespace evalx::api
