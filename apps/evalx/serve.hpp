#pragma once
// `evalx serve`: API and worker in one process, with the embedded queue.

#include "config/settings.hpp"

namespace evalx::app {

/// Serves until SIGTERM or SIGINT, then drains. Returns the process' exit code: 0, or 1 with one
/// line on stderr when it could not start.
int serve(const config::Settings& settings);

}  // namespace evalx::app
