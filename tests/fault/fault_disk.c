// Fault disk: makes one write or sync of a process fail; fault tests preload it (ld.so(8)). The
// variable FAULT_DISK="FOLDER CALL N HOW" selects it:
//   FOLDER  counts only calls on files below this folder
//   CALL    write (also pwrite) or sync (fsync, fdatasync)
//   N       the N-th such call of the process, from 1
//   HOW     eio, enospc, or short (writes and reports only the first half)
// Prints a line to stderr when the call fails.

#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static char folder[PATH_MAX];
static char call[8];
static char how[8];
static unsigned long nth;
static atomic_ulong passed;

__attribute__((constructor)) static void configure(void) {
  const char* const text = getenv("FAULT_DISK");
  // 4095 is PATH_MAX without the terminating NUL.
  if (text == NULL || sscanf(text, "%4095s %7s %lu %7s", folder, call, &nth, how) != 4) {
    fputs("FAULT_DISK must be \"FOLDER CALL N HOW\"\n", stderr);
    _exit(2);
  }
  unsetenv("FAULT_DISK");
  unsetenv("LD_PRELOAD");
}

static int is_below_folder(const char* path) {
  const size_t length = strlen(folder);
  return strncmp(path, folder, length) == 0 && path[length] == '/';
}

/// Counts the call. Returns whether it is the one that fails, and then prints the line.
static int is_due(const char* kind, int fd) {
  char link[64];
  char path[PATH_MAX];
  if (strcmp(kind, call) != 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = '\0';
  if (!is_below_folder(path)) return 0;
  if (atomic_fetch_add(&passed, 1) + 1 != nth) return 0;
  dprintf(STDERR_FILENO, "fault_disk: %s %lu of %s: %s\n", call, nth, path, how);
  return 1;
}

static int fail(void) {
  errno = strcmp(how, "enospc") == 0 ? ENOSPC : EIO;
  return -1;
}

static int is_short(void) {
  return strcmp(how, "short") == 0;
}

ssize_t write(int fd, const void* data, size_t size) {
  if (is_due("write", fd)) {
    if (!is_short()) return fail();
    size = size / 2 + size % 2;
  }
  return syscall(SYS_write, fd, data, size);
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  if (is_due("write", fd)) {
    if (!is_short()) return fail();
    size = size / 2 + size % 2;
  }
  return syscall(SYS_pwrite64, fd, data, size, at);
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  return pwrite64(fd, data, size, at);
}

int fsync(int fd) {
  return is_due("sync", fd) ? fail() : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
  return is_due("sync", fd) ? fail() : (int)syscall(SYS_fdatasync, fd);
}
