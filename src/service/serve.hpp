#pragma once
// Serving: `evalx serve`, `api` and `worker`: the parts of a role, put together and ended in order.

#include "base/result.hpp"
#include "config/settings.hpp"
#include "service/role.hpp"

namespace evalx::service {

/// Serves until SIGTERM or SIGINT, then drains; a second signal ends the drain at once. Errors: why
/// it could not start.
Result<> serve(Role role, const config::Settings& settings);

}  // namespace evalx::service
