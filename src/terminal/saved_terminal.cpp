#include "terminal/saved_terminal.hpp"

#include <fcntl.h>
#include <signal.h>

namespace evalx::terminal {
namespace {

/// A background process that changes its terminal is stopped by SIGTTOU unless it blocks that.
class TtouBlocked {
 public:
  TtouBlocked() {
    sigset_t ttou;
    ::sigemptyset(&ttou);
    ::sigaddset(&ttou, SIGTTOU);
    ::pthread_sigmask(SIG_BLOCK, &ttou, &before_);
  }
  TtouBlocked(const TtouBlocked&) = delete;
  TtouBlocked& operator=(const TtouBlocked&) = delete;
  ~TtouBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

SavedTerminal::SavedTerminal() {
  for (int fd = 0; fd < 3; ++fd) {
    Saved& saved = saved_.at(static_cast<std::size_t>(fd));
    saved.flags = ::fcntl(fd, F_GETFL);
    termios settings{};
    if (::tcgetattr(fd, &settings) == 0) saved.settings = settings;
  }
}

SavedTerminal::~SavedTerminal() {
  const TtouBlocked blocked;
  for (int fd = 0; fd < 3; ++fd) {
    const Saved& saved = saved_.at(static_cast<std::size_t>(fd));
    if (saved.flags >= 0 && ::fcntl(fd, F_GETFL) != saved.flags) ::fcntl(fd, F_SETFL, saved.flags);
    if (saved.settings) ::tcsetattr(fd, TCSADRAIN, &*saved.settings);
  }
}

}  // namespace evalx::terminal
