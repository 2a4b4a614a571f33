#pragma once
// LimitBounds: the limits that clients may ask for on this machine.

#include "config/settings.hpp"
#include "submission/limits.hpp"

namespace evalx::service {

/// No program gets more memory than all programs together may use, and no more processes than its
/// share: a limit beyond them would never be met, because the machine's or the container's comes
/// first.
submission::LimitBounds limit_bounds(const config::Machine& machine,
                                     const config::Settings& settings);

}  // namespace evalx::service
