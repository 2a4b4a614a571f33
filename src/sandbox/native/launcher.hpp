#pragma once
// Launcher: the only privileged process. Makes slots for a worker, and buries them.

namespace evalx::sandbox::native {

/// The descriptor on which an execed launcher finds its worker's socket.
inline constexpr int kLauncherSocket = 3;

/// The body of `evalx launch`: serves the socket until the worker closes it, then ends every slot
/// and returns the process' exit code. To be called first thing in a fresh process of one thread.
int run_launcher();

}  // namespace evalx::sandbox::native
