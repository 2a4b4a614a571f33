#include "attack.h"

#include <sys/statvfs.h>

static const char* const names[] = {"stdin", "stdout", "stderr", "stdout.txt", "stderr.txt", "meta", "run", "out", "out/main",
                                    "a.out", "core", ".evalx", "result.json", "status", "cgroup.procs", "tmp", "box", "shm"};

static void link_out(void) {
  must_fail("link /etc/hostname", link("/etc/hostname", "/box/x"), EXDEV, EPERM);
  must_fail("link /usr/bin/env", link("/usr/bin/env", "/box/x"), EXDEV, EPERM);
  must_fail("link into /tmp", link("/box/main", "/tmp/x"), EXDEV, EPERM);
  must_fail("rename /box/main", rename("/box/main", "/box/x"), EPERM, EACCES);
  must_fail("unlink /box/main", unlink("/box/main"), EPERM, EACCES);
  must_fail("write /box/main", open("/box/main", O_WRONLY), EACCES, ETXTBSY);
  must_fail("rmdir /box", rmdir("/box"), EBUSY, EROFS);
  must_fail("rename /tmp", rename("/tmp", "/box/tmp"), EXDEV, EROFS);
  must_fail("openat .. of the root", openat(open("/", O_PATH), "../box/../../proc/1/environ", O_RDONLY), 0, 0);
}

static void fill_inodes(void) {
  int made = 0;
  char path[64];
  for (;; ++made) {
    snprintf(path, sizeof path, "%s/%d", made % 3 == 0 ? "/box" : made % 3 == 1 ? "/tmp" : "/dev/shm", made);
    const int fd = open(path, O_CREAT | O_WRONLY, 0600);
    if (fd < 0) break;
    close(fd);
    if (made > 10000) break;
  }
  if (errno != ENOSPC || made > 4096 || made < 3900) broken("%d files, then %s", made, strerrorname_np(errno));
}

static void fill_bytes(void) {
  static char block[1 << 16];
  memset(block, 'x', sizeof block);
  size_t total = 0;
  const int one = open("/box/big", O_CREAT | O_WRONLY, 0600), two = open("/dev/shm/big", O_CREAT | O_WRONLY, 0600);
  for (int turn = 0; total < 1UL << 30; ++turn) {
    const ssize_t wrote = write(turn % 2 ? one : two, block, sizeof block);
    if (wrote <= 0) break;
    total += (size_t)wrote;
  }
  if (errno != ENOSPC || total > 64UL << 20 || total < 62UL << 20) broken("%zu bytes, then %s", total, strerrorname_np(errno));
}

int main(void) {
  const char* which = variant();
  if (!strcmp(which, "link")) link_out();
  if (!strcmp(which, "inodes")) fill_inodes();
  if (!strcmp(which, "bytes")) fill_bytes();
  for (size_t i = 0; i < sizeof names / sizeof *names && !strcmp(which, "names"); ++i) {
    unlink(names[i]);
    if (symlink(i % 2 ? "/etc/passwd" : "/proc/self/exe", names[i]) && errno != EEXIST && errno != ENOTDIR && errno != ENOENT)
      broken("symlink %s: %s", names[i], strerrorname_np(errno));
  }
  if (!strcmp(which, "again")) {
    struct stat about;
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
      if (!lstat(names[i], &about)) broken("%s is left", names[i]);
    struct statvfs room;
    if (statvfs("/box", &room) || room.f_ffree < 4000 || room.f_bavail * room.f_bsize < 60UL << 20) broken("the box is not empty");
  }
  return held();
}
