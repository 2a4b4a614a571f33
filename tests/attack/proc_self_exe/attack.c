#include "attack.h"

#include <dirent.h>

static void write_through(int fd, const char* what) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  const double end = seconds() + 0.3;
  while (seconds() < end) {
    const int writable = open(path, O_WRONLY | O_TRUNC);
    if (writable >= 0) broken("%s opened for writing", what);
    if (writable >= 0) return;
  }
}

/// Tries to write to the binary of every visible process.
static void search(void) {
  DIR* proc = opendir("/proc");
  for (struct dirent* entry; proc && (entry = readdir(proc));) {
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    char path[300], target[300] = "";
    snprintf(path, sizeof path, "/proc/%s/exe", entry->d_name);
    if (readlink(path, target, sizeof target - 1) > 0 && strcmp(target, "/box/main"))
      broken("process %s is %s", entry->d_name, target);
    const int fd = open(path, O_RDONLY);
    if (fd >= 0) write_through(fd, path);
  }
}

int main(int count, char** arguments) {
  if (count > 2) {  // Started as the interpreter of the script, by the process behind /proc/self/exe.
    char target[300] = "";
    if (readlink("/proc/self/exe", target, sizeof target - 1) > 0 && strcmp(target, "/box/main"))
      broken("the interpreter was %s", target);
    return held();
  }
  const char* which = variant();
  (void)arguments;
  if (!strcmp(which, "script")) {
    FILE* script = fopen("/tmp/script", "w");
    fputs("#!/proc/self/exe again\n", script);
    fclose(script);
    chmod("/tmp/script", 0755);
    char* const words[] = {"/tmp/script", "x", NULL};
    execv("/tmp/script", words);
    return held();  // Refused: ELOOP or ENOENT.
  }
  if (!strcmp(which, "search")) search();
  if (!strcmp(which, "reopen")) {
    const int fd = open("/proc/self/exe", O_RDONLY);
    if (fd >= 0) write_through(fd, "/proc/self/exe");
    must_fail("open /usr/bin/env for writing", open("/usr/bin/env", O_WRONLY), EROFS, EACCES);
    must_fail("chmod /usr/bin/env", chmod("/usr/bin/env", 0777), EROFS, EPERM);
    must_fail("chmod /box/main", chmod("/box/main", 0777), EPERM, EROFS);
  }
  return held();
}
