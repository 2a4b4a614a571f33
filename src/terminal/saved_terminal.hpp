#pragma once
// SavedTerminal: gives the standard descriptors back as a program found them.

#include <termios.h>

#include <array>
#include <optional>

namespace evalx::terminal {

/// Notes the settings of the terminal (termios(3)) and the status flags (fcntl(2), F_SETFL) of
/// stdin, stdout and stderr, and restores them at its destruction: a program that was killed may
/// have turned echo off, or made a descriptor of the user's shell non-blocking. Errors are ignored.
class SavedTerminal {
 public:
  SavedTerminal();
  SavedTerminal(const SavedTerminal&) = delete;
  SavedTerminal& operator=(const SavedTerminal&) = delete;
  ~SavedTerminal();

 private:
  struct Saved {
    int flags = -1;                   ///< -1: the descriptor is closed.
    std::optional<termios> settings;  ///< nullopt: it is no terminal.
  };
  std::array<Saved, 3> saved_;
};

}  // namespace evalx::terminal
