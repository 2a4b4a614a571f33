#include "attack.h"

int main(void) {
  for (int i = 0; i < 200; ++i) {
    const pid_t child = fork();
    if (child == 0) i % 2 ? abort() : raise(SIGSEGV);
    int status = 0;
    waitpid(child, &status, 0);
    if (WCOREDUMP(status)) broken("a core was dumped");
  }
  return held();
}
