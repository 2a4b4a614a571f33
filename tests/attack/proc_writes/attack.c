#include "attack.h"

#include <ftw.h>

static int visit(const char* path, const struct stat* about, int kind, struct FTW* level) {
  (void)about, (void)level;
  if (kind != FTW_F) return 0;
  const int fd = open(path, O_WRONLY | O_NONBLOCK);
  if (fd >= 0) broken("%s opened for writing", path);
  if (fd >= 0) close(fd);
  return 0;
}

static long write_to(const char* path, const char* text) {
  const int fd = open(path, O_WRONLY);
  if (fd < 0) return -1;
  const long written = write(fd, text, strlen(text));
  close(fd);
  return written;
}

int main(void) {
  nftw("/proc/sys", visit, 64, FTW_PHYS);
  for (const char* const* path = (const char* const[]){"/proc/sysrq-trigger", "/proc/kcore", "/proc/kmem", "/proc/1/mem", "/proc/kpageflags",
                                                       "/proc/sys/kernel/core_pattern", "/proc/irq/0/smp_affinity", "/proc/bus/pci/00/00.0",
                                                       "/proc/1/oom_score_adj", "/proc/1/environ", "/proc/acpi/wakeup", NULL}; *path; ++path) {
    const int fd = open(*path, O_RDWR);
    struct stat about;
    // Hidden files are covered by /dev/null.
    if (fd >= 0 && (fstat(fd, &about) || !S_ISCHR(about.st_mode) || about.st_rdev != 0x103)) broken("%s opened", *path);
  }
  must_fail("uid_map", write_to("/proc/self/uid_map", "0 0 1\n"), 0, 0);
  must_fail("gid_map", write_to("/proc/self/gid_map", "0 0 1\n"), 0, 0);
  must_fail("setgroups", write_to("/proc/self/setgroups", "allow"), 0, 0);
  must_fail("oom_score_adj down", write_to("/proc/self/oom_score_adj", "-500"), 0, 0);
  must_fail("attr/current", write_to("/proc/self/attr/current", "unconfined"), 0, 0);
  must_fail("attr/exec", write_to("/proc/self/attr/exec", "unconfined"), 0, 0);
  return held();
}
