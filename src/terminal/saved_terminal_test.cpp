#include "terminal/saved_terminal.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

namespace evalx::terminal {
namespace {

/// Runs `body` in a child whose stdin is a terminal; returns what it returned.
template <class Body>
int at_a_terminal(Body body) {
  int master = -1;
  int terminal = -1;
  EXPECT_EQ(::openpty(&master, &terminal, nullptr, nullptr, nullptr), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(terminal, 0);
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(master);
  ::close(terminal);
  return WEXITSTATUS(status);
}

bool has_echo() {
  termios settings{};
  return ::tcgetattr(0, &settings) == 0 && (settings.c_lflag & ECHO) != 0;
}

TEST(SavedTerminal, TurnsEchoOnAgain) {
  const int code = at_a_terminal([] {
    if (!has_echo()) return 1;
    {
      const SavedTerminal saved;
      termios settings{};
      ::tcgetattr(0, &settings);
      settings.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON);
      ::tcsetattr(0, TCSANOW, &settings);
      if (has_echo()) return 2;
    }
    return has_echo() ? 0 : 3;
  });
  EXPECT_EQ(code, 0);
}

TEST(SavedTerminal, MakesADescriptorBlockingAgain) {
  const int code = at_a_terminal([] {
    {
      const SavedTerminal saved;
      ::fcntl(0, F_SETFL, ::fcntl(0, F_GETFL) | O_NONBLOCK);
    }
    return (::fcntl(0, F_GETFL) & O_NONBLOCK) == 0 ? 0 : 1;
  });
  EXPECT_EQ(code, 0);
}

}  // namespace
}  // namespace evalx::terminal
