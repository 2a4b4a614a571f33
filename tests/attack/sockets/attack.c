#include "attack.h"

#include <sys/socket.h>

int main(void) {
  static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_DCCP, SOCK_RDM, SOCK_PACKET};
  for (int domain = -2; domain < 80; ++domain) {
    for (size_t i = 0; i < sizeof types / sizeof *types; ++i) {
      for (int form = 0; form < 3; ++form) {
        const long wide = (long)(unsigned)domain | (form == 1 ? 1L << 32 : form == 2 ? 0xFFFFL << 48 : 0);
        int pair[2];
        const long fd = syscall(SYS_socket, wide, types[i] | (form ? SOCK_CLOEXEC : 0), 0);
        if (fd >= 0 && domain != AF_UNIX) broken("socket(%d, %d) opened", domain, types[i]);
        if (fd < 0 && domain > 1 && domain < 64 && errno != EAFNOSUPPORT)
          broken("socket(%d, %d): %s", domain, types[i], strerrorname_np(errno));
        if (fd >= 0) close((int)fd);
        if (domain != AF_UNIX && syscall(SYS_socketpair, wide, types[i], 0, pair) == 0)
          broken("socketpair(%d, %d) opened", domain, types[i]);
      }
    }
  }
  must_fail("socketcall's key exchange: add_key", syscall(SYS_add_key, "user", "x", "y", 1, -3), ENOSYS, EPERM);
  return held();
}
