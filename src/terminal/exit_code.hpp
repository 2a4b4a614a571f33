#pragma once
// ExitCode: the exit codes of evalx. Help texts list them.

namespace evalx::terminal {

inline constexpr int kSuccess = 0;
/// A test failed, a program did not compile, something required is missing, or evalX itself failed.
inline constexpr int kFailure = 1;
/// The command line was wrong.
inline constexpr int kMisuse = 2;
/// `evalx run`: the program reached a limit; as in timeout(1).
inline constexpr int kLimitHit = 124;
/// As in shells: 128 + the signal that ended the program, 130 for Ctrl-C.
inline constexpr int kSignalBase = 128;
inline constexpr int kInterrupted = 130;

}  // namespace evalx::terminal
