#pragma once
// Launcher: the process that makes slots for a worker, and cleans up after them. It keeps
// only the rights that confine() leaves (confine.hpp).

namespace evalx::sandbox::native {

/// The descriptor of the worker's socket in a launcher.
inline constexpr int kLauncherSocket = 3;

/// The body of `evalx launch`: serves the socket until the worker closes it, then ends every slot
/// and returns the exit code. To be called first in a new process with one thread.
int run_launcher();

}  // namespace evalx::sandbox::native
