#pragma once
// `evalx serve`: API and worker in one process, with the queue that the settings choose.

#include "base/result.hpp"
#include "config/settings.hpp"

namespace evalx::app {

/// Serves until SIGTERM or SIGINT, then drains. Errors: why it could not start.
Result<> serve(const config::Settings& settings);

}  // namespace evalx::app
