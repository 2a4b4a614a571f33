#include "attack.h"

int main(void) {
  for (int fd = 3; fd < 65536; ++fd) {
    char path[64], target[256] = "";
    if (fcntl(fd, F_GETFD) == -1) continue;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (readlink(path, target, sizeof target - 1) < 0) strcpy(target, "?");
    broken("descriptor %d is open: %s", fd, target);
  }
  return held();
}
