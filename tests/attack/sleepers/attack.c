#include "attack.h"

#include <pthread.h>

int main(void) {
  const char* which = variant();
  int ends[2], byte = 0;
  if (!strcmp(which, "sleep")) sleep(1000);
  if (!strcmp(which, "read") && !pipe(ends) && read(ends[0], &byte, 1)) return 1;
  if (!strcmp(which, "futex")) {
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    pthread_mutex_lock(&lock);
  }
  if (!strcmp(which, "stop")) kill(getpid(), SIGSTOP);
  if (!strcmp(which, "parent")) {
    kill(getppid(), SIGSTOP);
    kill(1, SIGSTOP);
    kill(-1, SIGSTOP);
    for (;;) pause();
  }
  // A parent in vfork gets no signal except SIGKILL until the child has ended.
  if (!strcmp(which, "uninterruptible") && vfork() == 0)
    for (;;) pause();
  return 0;
}
