#include "attack.h"

#include <linux/sched.h>

static const struct { const char* name; unsigned long flag; } kinds[] = {
    {"user", CLONE_NEWUSER}, {"mnt", CLONE_NEWNS},   {"pid", CLONE_NEWPID},       {"net", CLONE_NEWNET},
    {"ipc", CLONE_NEWIPC},   {"uts", CLONE_NEWUTS},  {"cgroup", CLONE_NEWCGROUP}, {"time", 0x80}};

int main(void) {
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; ++i) {
    char path[64], what[64];
    const unsigned long high = kinds[i].flag | (1UL << 32);
    snprintf(what, sizeof what, "unshare %s", kinds[i].name);
    must_fail(what, syscall(SYS_unshare, kinds[i].flag), EPERM, ENOSYS);
    must_fail(what, syscall(SYS_unshare, high), EPERM, ENOSYS);
    if (kinds[i].flag != 0x80) {  // clone() takes these bits for the exit signal.
      snprintf(what, sizeof what, "clone %s", kinds[i].name);
      for (int wide = 0; wide < 2; ++wide) {
        const long pid = syscall(SYS_clone, (wide ? high : kinds[i].flag) | SIGCHLD, 0, 0, 0, 0);
        if (pid == 0) _exit(0);
        must_fail(what, pid, EPERM, EPERM);
      }
    }
    struct clone_args plan = {.flags = kinds[i].flag, .exit_signal = SIGCHLD};
    const long pid = syscall(SYS_clone3, &plan, sizeof plan);
    if (pid == 0) _exit(0);
    must_fail("clone3", pid, ENOSYS, ENOSYS);
    snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[i].name);
    const int fd = open(path, O_RDONLY);
    must_fail("setns", syscall(SYS_setns, fd, kinds[i].flag), EPERM, ENOSYS);
  }
  FILE* file = fopen("/proc/sys/user/max_user_namespaces", "r");
  int most = -1;
  if (!file || fscanf(file, "%d", &most) != 1 || most != 0) broken("max_user_namespaces is %d", most);
  return held();
}
