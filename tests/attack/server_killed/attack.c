#include "attack.h"

int main(int count, char** arguments) {
  (void)arguments;
  if (count > 1) return 0;
  for (;;) {
    if (fork()) {
      usleep(10000);
      continue;
    }
    setsid();
    sleep(1000);
  }
}
