#pragma once
// Exit codes of evalx, in one place: help texts and commands read them here.

namespace evalx::terminal {

inline constexpr int kSuccess = 0;
/// The answer is no: a test failed, a program did not compile, something needed is missing.
inline constexpr int kFailure = 1;
/// The command line was wrong.
inline constexpr int kMisuse = 2;
/// `evalx run`: the program was ended at one of its limits; as timeout(1) has it.
inline constexpr int kLimitHit = 124;
/// As shells have it: 128 + the signal that ended the program, 130 for Ctrl-C.
inline constexpr int kSignalBase = 128;
inline constexpr int kInterrupted = 130;

}  // namespace evalx::terminal
