#include "attack.h"

#include <pthread.h>

static void* spin(void* nothing) {
  for (;;) __asm__ volatile("");
  return nothing;
}

int main(void) {
  const char* which = variant();
  for (;;) {
    if (!strcmp(which, "fork")) fork();
    if (!strcmp(which, "vfork") && vfork() == 0) pause();
    if (!strcmp(which, "stopped")) {
      if (fork() == 0) raise(SIGSTOP);
      kill(-1, SIGSTOP);
    }
    if (!strcmp(which, "setsid") && fork() == 0) setsid();
    pthread_t thread;
    if (!strcmp(which, "threads")) pthread_create(&thread, NULL, spin, NULL);
  }
}
