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
  if (!strcmp(which, "filter")) {  // A program's own filter could answer before ours, and is memory that no group counts.
    struct sock_filter yes[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)}, number[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_swapoff, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 0), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    must_fail("a filter", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &(struct sock_fprog){1, yes}), EPERM, EPERM);
    must_fail("another", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &(struct sock_fprog){4, number}), ENOSYS, EPERM);
    must_fail("strict mode", prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT), EPERM, EPERM);
    must_fail("unshare", syscall(SYS_unshare, 0x10000000), ENOSYS, EPERM);
    must_fail("clone3", syscall(SYS_clone3, NULL, 0), ENOSYS, EPERM);
  }
  return held();
}
