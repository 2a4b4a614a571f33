#include "kernel/signals.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include "kernel/child.hpp"

namespace evalx::kernel {
namespace {

bool is_ignored(int number) {
  struct sigaction action {};
  return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

bool is_blocked(int number) {
  sigset_t blocked;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  return ::sigismember(&blocked, number) == 1;
}

void inherit_the_worst() {
  for (const int number : {SIGCHLD, SIGPIPE, SIGINT}) ::signal(number, SIG_IGN);
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

TEST(Signals, AreAcceptedWithoutUndoingWhatTheCallerIgnores) {
  EXPECT_EXIT(
      {
        inherit_the_worst();
        accept_signals();
        const bool is_good = !is_ignored(SIGCHLD) && !is_blocked(SIGTERM) && is_ignored(SIGINT);
        ::_exit(is_good ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST(Signals, AreAllReset) {
  EXPECT_EXIT(
      {
        inherit_the_worst();
        reset_signals();
        bool is_good = true;
        for (int number = 1; number <= SIGRTMAX; ++number) {
          if (is_ignored(number) || is_blocked(number)) is_good = false;
        }
        ::_exit(is_good ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace evalx::kernel
