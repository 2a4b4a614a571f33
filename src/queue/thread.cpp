#include "queue/thread.hpp"

#include <pthread.h>
#include <sys/random.h>

#include <csignal>

#include "base/assert.hpp"

namespace evalx::queue {

std::thread start_thread(const char* name, std::function<void()> body) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread{std::move(body)};
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::pthread_setname_np(thread.native_handle(), name);
  return thread;
}

std::uint64_t random_bits() {
  std::uint64_t bits = 0;
  while (bits == 0) {
    // A read of eight bytes is never partial (getrandom(2)); only a kernel without it fails.
    EVALX_ASSERT(::getrandom(&bits, sizeof bits, 0) == sizeof bits);
  }
  return bits;
}

}  // namespace evalx::queue
