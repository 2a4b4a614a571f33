#include "attack.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>

static void* trapped(void* nothing) {
  syscall(SYS_swapoff, "/x");
  broken("swapoff came back");
  fflush(stdout);
  return nothing;
}

int main(void) {
  const char* which = variant();
  if (!strcmp(which, "threads")) {
    pthread_t threads[24];
    for (int i = 0; i < 24; ++i) pthread_create(&threads[i], NULL, trapped, NULL);
    for (;;) pause();
  }
  if (!strcmp(which, "children")) {
    for (int i = 0; i < 24; ++i)
      if (fork() == 0) trapped(NULL);
    for (;;) pause();
  }
  // The notification of a caller that dies vanishes: the supervisor must not wait for it.
  for (int i = 0; i < 200 && !strcmp(which, "killed"); ++i) {
    const pid_t child = fork();
    if (child == 0) trapped(NULL);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
  }
  if (!strcmp(which, "filter")) {  // The program's own filter is stricter or allows the call: the strictest answer counts.
    struct sock_filter yes[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)}, number[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_swapoff, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 0), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &(struct sock_fprog){1, yes});
    must_fail("unshare", syscall(SYS_unshare, 0x10000000), ENOSYS, EPERM);
    must_fail("clone3", syscall(SYS_clone3, NULL, 0), ENOSYS, EPERM);
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &(struct sock_fprog){4, number});
    syscall(SYS_swapoff, "/x");  // Either the program's filter returns 0 without making the call, or the run ends.
  }
  return held();
}
