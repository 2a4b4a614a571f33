#include "attack.h"

int main(void) {
  const char* which = variant();
  if (!strcmp(which, "all")) {
    kill(-1, SIGKILL);
    kill(0, SIGCONT);
  }
  if (!strcmp(which, "parent")) {
    for (int number = 1; number < 65; ++number) {
      kill(getppid(), number);
      kill(1, number);
    }
  }
  // By number: no process except the program itself can be signalled.
  for (int pid = 2; pid < 70000 && !strcmp(which, "search"); ++pid)
    if (pid != getpid() && (kill(pid, SIGKILL) == 0 || errno != ESRCH)) broken("process %d: %s", pid, strerrorname_np(errno));
  if (!strcmp(which, "exit137")) exit(137);
  if (!strncmp(which, "raise", 5)) raise(atoi(which + 5));
  return held();
}
