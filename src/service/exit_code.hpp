#pragma once
// ExitCode: how a server ends that cannot go on.

namespace evalx::service {

/// As for a server that cannot start. For std::_Exit(): nothing is cleaned up, as after a kill.
inline constexpr int kCannotGoOn = 1;

}  // namespace evalx::service
