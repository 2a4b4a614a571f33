// Makes every system call of 0..1023 with arguments of -1, each in a child of its own.
#include "attack.h"

/// Those that end or block the child, and those that are trapped: foreign_abi tries these one by one.
static const char* skipped(long number) {
  switch (number) {
    case SYS_exit:
    case SYS_exit_group:
    case SYS_rt_sigreturn:
      return "ends";
    case SYS_pause:
      return "blocks";
    case 335:
    case 336:
      return "uprobes";  // uretprobe and uprobe: newer kernels let these past every filter, and end the caller.
    case SYS_kexec_load:
    case SYS_kexec_file_load:
    case SYS_init_module:
    case SYS_finit_module:
    case SYS_delete_module:
    case SYS_reboot:
    case SYS_swapon:
    case SYS_swapoff:
    case SYS_iopl:
    case SYS_ioperm:
      return "trapped";
  }
  return NULL;
}

/// No stack and no library around the call: vfork comes back twice on the same stack.
static inline __attribute__((always_inline)) long call(long number) {
  long answer;
  register long r10 __asm__("r10") = -1;
  register long r8 __asm__("r8") = -1;
  register long r9 __asm__("r9") = -1;
  __asm__ volatile("syscall"
                   : "=a"(answer)
                   : "a"(number), "D"(-1L), "S"(-1L), "d"(-1L), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  if (answer == 0 && (number == SYS_fork || number == SYS_vfork || number == SYS_clone)) {
    __asm__ volatile("syscall" : : "a"(SYS_exit_group), "D"(0L) : "rcx", "r11", "memory");
    __builtin_unreachable();
  }
  return answer;
}

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
    if (skipped(number)) {
      printf("%ld skipped %s\n", number, skipped(number));
      continue;
    }
    fflush(stdout);
    *answer = 0;
    const pid_t child = fork();
    if (child == 0) {
      signal(SIGPIPE, SIG_IGN);
      signal(SIGALRM, SIG_IGN);
      *answer = call(number);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    show(number, *answer, status);
  }
  return 0;
}
