#include "attack.h"

#define COUNT 150

int main(void) {
  char own[32] = "";
  if (readlink("/proc/self", own, sizeof own - 1) < 0) broken("no /proc/self");
  if (!strcmp(variant(), "leave")) {
    for (int i = 0; i < COUNT; ++i) {
      if (fork() == 0) _exit(0);
      wait(NULL);
    }
    if (!broken_count) puts("left");
    return 0;
  }
  if (atoi(own) > COUNT / 2) broken("the number is %s", own);
  return held();
}
