#include "attack.h"

int main(void) {
  char parameters[256] = {0};
  must_fail("io_uring_setup", syscall(425, 8, parameters), ENOSYS, ENOSYS);
  must_fail("io_uring_enter", syscall(426, 0, 1, 1, 0, 0, 0), ENOSYS, ENOSYS);
  must_fail("io_uring_register", syscall(427, 0, 0, 0, 0), ENOSYS, ENOSYS);
  return held();
}
