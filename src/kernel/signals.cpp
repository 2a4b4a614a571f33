#include "kernel/signals.hpp"

#include <pthread.h>
#include <signal.h>

namespace evalx::kernel {

void accept_signals() noexcept {
  ::signal(SIGCHLD, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

void reset_signals() noexcept {
  // SIGKILL, SIGSTOP and the C library's own two refuse.
  for (int number = 1; number <= SIGRTMAX; ++number) ::signal(number, SIG_DFL);
  accept_signals();
}

}  // namespace evalx::kernel
