#include "attack.h"

int main(void) {
  unsigned long total = 0;
  for (int i = 0; i < 4096; ++i) {
    unsigned long context = 0;
    if (syscall(SYS_io_setup, 8192, &context)) break;
    total += 8192;
  }
  if (total) broken("%lu events of the machine are taken, then %s", total, strerrorname_np(errno));
  return held();
}
