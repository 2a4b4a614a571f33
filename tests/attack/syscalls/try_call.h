// One system call by its number, with arguments of -1: for programs that try all of them.
#pragma once
#include <stddef.h>
#include <sys/syscall.h>

/// Why a call is not tried with the others: it ends, blocks or traps the caller. NULL: it is tried.
static inline const char* reason_to_skip(long number) {
  switch (number) {
    case SYS_exit:
    case SYS_exit_group:
    case SYS_rt_sigreturn:
      return "ends";
    case SYS_pause:
      return "blocks";
    case 335:
    case 336:
      return "uprobes";  // uretprobe and uprobe: newer kernels apply no filter to these and end the caller.
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

/// Uses no stack and no library around the call: vfork returns twice on the same stack.
static inline __attribute__((always_inline)) long try_call(long number) {
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
