// Makes every system call from 0 to 1023 with arguments of -1, each in its own child.
#include "attack.h"
#include "try_call.h"

static void show(long number, long answer, int status) {
  if (WIFSIGNALED(status))
    printf("%ld signal %s\n", number, sigabbrev_np(WTERMSIG(status)));
  else if (answer >= 0 || answer < -4095)
    printf("%ld allowed success\n", number);
  else if (answer == -ENOSYS)
    printf("%ld ENOSYS\n", number);
  else
    printf("%ld %s %s\n", number, answer == -EPERM || answer == -EAFNOSUPPORT ? "refused" : "allowed",
           strerrorname_np((int)-answer));
}

int main(void) {
  long* answer = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  for (long number = 0; number < 1024; ++number) {
    if (reason_to_skip(number)) {
      printf("%ld skipped %s\n", number, reason_to_skip(number));
      continue;
    }
    fflush(stdout);
    *answer = 0;
    const pid_t child = fork();
    if (child == 0) {
      signal(SIGPIPE, SIG_IGN);
      signal(SIGALRM, SIG_IGN);
      *answer = try_call(number);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    show(number, *answer, status);
  }
  return 0;
}
