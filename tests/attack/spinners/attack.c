#include "attack.h"

#include <pthread.h>

static void burn(double how_long) {
  const double end = seconds() + how_long;
  while (seconds() < end) {}
}

static void* spin(void* nothing) {
  for (;;) __asm__ volatile("");
  return nothing;
}

int main(void) {
  const char* which = variant();
  if (!strcmp(which, "threads")) {
    pthread_t thread;
    for (int i = 0; i < 16; ++i) pthread_create(&thread, NULL, spin, NULL);
    pause();
  }
  if (!strcmp(which, "ignoring")) {
    for (int number = 1; number < 65; ++number) signal(number, SIG_IGN);
    spin(NULL);
  }
  // Children that end before the next clock tick.
  while (!strcmp(which, "brief")) {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, NULL, 0);
  }
  for (;;) {
    const pid_t child = fork();
    if (child == 0) {
      burn(strcmp(which, "killed") ? 0.4 : 1000);
      _exit(0);
    }
    if (!strcmp(which, "waited")) waitpid(child, NULL, 0);
    burn(0.4);
    if (!strcmp(which, "killed")) kill(child, SIGKILL);
  }
}
