// Started without any input: descriptor 0 is /dev/null.
#include "attack.h"

#include <sys/file.h>

int main(int count, char** arguments) {
  if (count < 2) return 2;
  if (!strcmp(arguments[1], "leave")) {
    fcntl(0, F_SETFL, O_NONBLOCK | O_APPEND);
    fcntl(0, F_SETOWN, getpid());
    fcntl(0, F_SETSIG, SIGRTMIN + 3);
    flock(0, LOCK_SH);
    puts("left");
    return 0;
  }
  if (fcntl(0, F_GETFL) & (O_NONBLOCK | O_APPEND)) broken("the flags of stdin are %o", fcntl(0, F_GETFL));
  if (fcntl(0, F_GETSIG)) broken("the signal of stdin is %d", fcntl(0, F_GETSIG));
  if (fcntl(0, F_GETOWN)) broken("the owner of stdin is %d", fcntl(0, F_GETOWN));
  if ((fcntl(0, F_GETFL) & O_ACCMODE) != O_RDONLY) broken("stdin can be written to");
  return held();
}
