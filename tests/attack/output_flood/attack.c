#include "attack.h"

int main(void) {
  static char block[65536];
  memset(block, 'y', sizeof block);
  const char* which = variant();
  if (!strcmp(which, "children"))
    for (int i = 0; i < 8; ++i) fork();
  if (!strcmp(which, "packets")) fcntl(1, F_SETFL, O_WRONLY | O_DIRECT);  // Each write needs a read of its own.
  const size_t size = !strcmp(which, "bytes") || !strcmp(which, "packets") ? 1 : sizeof block;
  const int first = !strcmp(which, "stderr") ? 2 : 1, second = !strcmp(which, "both") ? 2 : first;
  for (;;) {
    if (write(first, block, size) < 0) return 1;
    if (write(second, block, size) < 0) return 1;
  }
}
