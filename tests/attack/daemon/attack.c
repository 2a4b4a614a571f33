#include "attack.h"

#include <dirent.h>
#include <sys/prctl.h>

static void stay(int keep_stdout) {
  setsid();
  if (fork()) _exit(0);
  for (int fd = keep_stdout ? 2 : 0; fd < 256; ++fd) close(fd);
  for (int signal_number = 1; signal_number < 65; ++signal_number) signal(signal_number, SIG_IGN);
  for (;;) sleep(1000);
}

int main(void) {
  const char* which = variant();
  if (!strcmp(which, "reaper")) prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (!strcmp(which, "deathsig")) prctl(PR_SET_PDEATHSIG, SIGCONT);
  if (!strcmp(which, "look")) {
    DIR* proc = opendir("/proc");
    char own[16] = "";
    if (readlink("/proc/self", own, sizeof own - 1) < 0) broken("no /proc/self");
    for (struct dirent* entry; (entry = readdir(proc));)
      if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && strcmp(entry->d_name, own)) broken("process %s is left", entry->d_name);
    return held();
  }
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) stay(!strcmp(which, "stdout"));
  waitpid(child, NULL, 0);
  return held();
}
