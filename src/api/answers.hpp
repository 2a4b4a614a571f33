#pragma once
// Answers that every API gives: JSON, and the problems that a queue reports.

#include <string>

#include "base/result.hpp"
#include "http/message.hpp"
#include "queue/figures.hpp"

namespace evalx::api {

/// 200 with `json` as its body.
http::Response json_response(std::string json);

/// The answer to a request that the queue refused with `error`: 404, 409 or 503. `figures` are the
/// queue's: Retry-After depends on them. An error that is no queue::Errc comes from the store: 503,
/// and one line in the log.
http::Response queue_problem(const Error& error, const queue::Figures& figures);

/// The same 404 for every token that is malformed, unknown or forgotten.
http::Response unknown_submission();

}  // namespace evalx::api
