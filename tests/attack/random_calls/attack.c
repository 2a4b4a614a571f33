#include "attack.h"

#include <sys/resource.h>

/// Calls that end or stop the run before it has tried much: trapped ones (own_trap_flood tries them), exits, waits and signals.
static const int skipped[] = {SYS_kexec_load, SYS_kexec_file_load, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_reboot,
                              SYS_swapon, SYS_swapoff, SYS_iopl, SYS_ioperm, SYS_exit, SYS_exit_group, SYS_pause, SYS_rt_sigreturn,
                              SYS_rt_sigsuspend, SYS_vfork, SYS_kill, SYS_tkill, SYS_tgkill, SYS_rt_sigqueueinfo,
                              SYS_rt_tgsigqueueinfo, SYS_pidfd_send_signal, SYS_prlimit64};
enum { kLastCall = 470, kChildren = 400, kCalls = 300 };

static uint64_t state;
static char area[1 << 16];

static uint64_t next(void) {
  state ^= state << 13;
  state ^= state >> 7;
  return state ^= state << 17;
}

static int is_skipped(int number) {
  for (size_t i = 0; i < sizeof skipped / sizeof *skipped; ++i)
    if (skipped[i] == number) return 1;
  return 0;
}

static long argument(void) {
  static const char* const paths[] = {"/proc/self/mem", "/dev/null", "/box/x", "/usr/bin/env", "/tmp", "/proc/self/ns/user", ".."};
  switch (next() % 8) {
    case 0: return (long)next();
    case 1: return (long)(next() % 16);
    case 2: return -(long)(next() % 4096);
    case 3: return (long)area;
    case 4: return (long)paths[next() % (sizeof paths / sizeof *paths)];
    case 5: return 1L << next() % 64;
    case 6: return (long)getpid();
    default: return 4096 * (long)(next() % 16);
  }
}

/// Random calls until one of them ends this process.
static void storm(uint64_t seed) {
  const struct rlimit few = {64, 64};
  setrlimit(RLIMIT_NOFILE, &few);
  alarm(1);
  state = seed * 0x9E3779B97F4A7C15u + 1;
  for (size_t i = 0; i < sizeof area; ++i) area[i] = (char)next();
  for (int i = 0; i < kCalls; ++i) {
    const int number = (int)(next() % (kLastCall + 1));
    if (!is_skipped(number)) syscall(number, argument(), argument(), argument(), argument(), argument(), argument());
  }
  _exit(0);
}

int main(void) {
  unsigned seed = 0;
  if (scanf("%u", &seed) != 1) return 2;
  setvbuf(stdout, NULL, _IONBF, 0);
  const double end = seconds() + 3;
  for (unsigned i = 0; i < kChildren && seconds() < end; ++i) {
    const pid_t child = fork();
    if (child == 0) storm(seed * kChildren + i);
    if (child < 0) continue;
    for (double late = seconds() + 1; waitpid(child, NULL, WNOHANG) == 0 && seconds() < late;) usleep(200);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
  }
  return 0;
}
