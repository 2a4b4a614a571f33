#pragma once
// Serving: `evalx serve`, `api` and `worker`: builds the parts of a role and ends them in order.

#include "base/result.hpp"
#include "config/settings.hpp"
#include "service/role.hpp"

namespace evalx::service {

/// Serves until SIGTERM or SIGINT, then drains: running jobs may finish within drain_grace. A
/// second signal ends the drain: running jobs return to the queue at once. SIGHUP reads the tokens
/// again. Gives up root for good.
/// Errors: the reason why it could not start.
Result<> serve(Role role, const config::Settings& settings);

}  // namespace evalx::service
