// utimensat(2) without times needs only write permission.
#include "attack.h"

static const char* const places[] = {"/tmp",      "/box",      "/dev/shm",    "/dev/null",   "/dev/zero",
                                     "/dev/full", "/dev/random", "/dev/urandom", "/dev/stdin", "/dev"};
#define COUNT (sizeof places / sizeof *places)

static double age(const char* path) {
  struct stat about;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (stat(path, &about)) return 1e9;
  return (double)(now.tv_sec - about.st_ctim.tv_sec) + (double)(now.tv_nsec - about.st_ctim.tv_nsec) / 1e9;
}

int main(void) {
  if (!strcmp(variant(), "leave")) {
    usleep(60000);  // Now the times of the box are in the past.
    for (size_t i = 0; i < COUNT; ++i) utimensat(AT_FDCWD, places[i], NULL, 0);
    for (size_t i = 3; i < 8; ++i)
      if (age(places[i]) < 0.05) broken("the times of %s can be set", places[i]);
    if (!broken_count) puts("left");
    return 0;
  }
  // A reused box was made before the program was placed, or together with it; a touched one was changed later.
  struct stat program;
  if (stat("/proc/self/exe", &program)) broken("no program");
  struct stat own;
  if (stat("/box", &own)) broken("no box");
  for (size_t i = 0; i < 3; ++i) {
    struct stat about;
    if (stat(places[i], &about)) broken("no %s", places[i]);
    const double lag = (double)(about.st_ctim.tv_sec - own.st_mtim.tv_sec) + (double)(about.st_ctim.tv_nsec - own.st_mtim.tv_nsec) / 1e9;
    const double placed = (double)(about.st_ctim.tv_sec - program.st_ctim.tv_sec) + (double)(about.st_ctim.tv_nsec - program.st_ctim.tv_nsec) / 1e9;
    if (lag > 0.04 || placed > 0.04) broken("%s was touched %.3f s after its box was made", places[i], lag > placed ? lag : placed);
  }
  return held();
}
