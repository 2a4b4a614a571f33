#pragma once
// Target: what the queue stores of a callback: its form and its URL, and the lane of its host.

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "queue/callback.hpp"
#include "webhook/destination.hpp"

namespace evalx::webhook {

/// The request for a callback that POSTs the result to `destination`, as GET would return it. Its
/// lane is the destination's scheme, host and port.
queue::CallbackRequest request_of(const Destination& destination);

/// The destination of a stored target. Errors: EINVAL for the form of a newer evalx, and those of
/// parse_destination(), because the reach may have changed since.
Result<Destination> read_target(std::string_view target, Reach reach);

/// webhook-id of a round of a job's callback: the token, "TOKEN-2", "TOKEN-3", …
std::string message_id(std::string_view token, unsigned round);

}  // namespace evalx::webhook
