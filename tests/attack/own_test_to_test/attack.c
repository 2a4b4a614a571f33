// The first program removes its files again, so the box looks clean, but their number may remain visible.
#include "attack.h"

#define COUNT 4000

static unsigned long next_inode(void) {
  struct stat about;
  const int fd = open("/tmp/x", O_CREAT | O_WRONLY, 0600);
  fstat(fd, &about);
  close(fd);
  unlink("/tmp/x");
  return about.st_ino;
}

int main(void) {
  if (!strcmp(variant(), "leave")) {
    usleep(20000);  // Longer than a tick of the kernel's coarse clock, which stamps the directories.
    for (int i = 0; i < COUNT; ++i) next_inode();
    puts("left");
    return 0;
  }
  struct stat box, tmp;
  stat("/box/main", &box);
  stat("/tmp", &tmp);
  const double lag = (double)(tmp.st_mtim.tv_sec - box.st_ctim.tv_sec) + (double)(tmp.st_mtim.tv_nsec - box.st_ctim.tv_nsec) / 1e9;
  if (lag > 0.012) broken("/tmp was changed %.3f s after the box was made", lag);
  if (next_inode() >= COUNT) broken("more than %d files were made before", COUNT);
  return held();
}
