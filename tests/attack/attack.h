// Shared by the attacks in C: each prints the protections that it broke, or "held".
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int broken_count;

__attribute__((format(printf, 1, 2), unused)) static void broken(const char* format, ...) {
  va_list words;
  va_start(words, format);
  fputs("BROKEN: ", stdout);
  vprintf(format, words);
  putchar('\n');
  va_end(words);
  ++broken_count;
}

/// `answer` must be -1 with one of the two errnos (0: any errno).
__attribute__((unused)) static void must_fail(const char* what, long answer, int either, int or_else) {
  const int error = errno;
  if (answer != -1)
    broken("%s succeeded with %ld", what, answer);
  else if (either && error != either && error != or_else)
    broken("%s failed with %s", what, strerrorname_np(error));
}

/// Prints the last line: "held" if nothing was broken.
__attribute__((unused)) static int held(void) {
  if (!broken_count) puts("held");
  fflush(stdout);
  return broken_count != 0;
}

__attribute__((unused)) static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/// The variant named by the test's stdin.
__attribute__((unused)) static const char* variant(void) {
  static char word[64];
  if (scanf("%63s", word) != 1) return "";
  return word;
}
