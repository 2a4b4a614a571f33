#include "attack.h"

#include <sys/time.h>
#include <sys/timex.h>

int main(void) {
  struct timespec then = {1000000000, 0};
  struct timeval before = {1000000000, 0};
  struct timex change = {.modes = ADJ_FREQUENCY, .freq = 1};
  must_fail("clock_settime", clock_settime(CLOCK_REALTIME, &then), EPERM, EPERM);
  must_fail("settimeofday", settimeofday(&before, NULL), EPERM, EPERM);
  must_fail("adjtimex", adjtimex(&change), EPERM, EPERM);
  must_fail("clock_adjtime", clock_adjtime(CLOCK_REALTIME, &change), EPERM, EPERM);
  must_fail("unshare time", syscall(SYS_unshare, 0x80), EPERM, ENOSYS);
  const int offsets = open("/proc/self/timens_offsets", O_WRONLY);
  must_fail("timens_offsets", offsets < 0 ? -1 : write(offsets, "1 100 0\n", 8), 0, 0);
  return held();
}
