#include "attack.h"

#include <sys/file.h>
#include <sys/socket.h>

static void park(int memory) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) broken("socketpair: %s", strerrorname_np(errno));
  const int all[] = {pair[0], pair[1], memory};
  for (int end = 0; end < 2; ++end) {
    union { struct cmsghdr head; char room[CMSG_SPACE(sizeof all)]; } control = {0};
    struct iovec piece = {"x", 1};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    control.head.cmsg_len = CMSG_LEN(sizeof all);
    memcpy(CMSG_DATA(&control.head), all, sizeof all);
    if (sendmsg(pair[end], &message, MSG_DONTWAIT) < 0) broken("sendmsg: %s", strerrorname_np(errno));
  }
}

int main(void) {
  const int shared = open("/usr/bin/env", O_RDONLY);
  struct flock whole = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
  must_fail("flock", flock(shared, LOCK_SH | LOCK_NB), ENOSYS, EPERM);
  must_fail("F_SETLK", fcntl(shared, F_SETLK, &whole), EPERM, ENOSYS);
  must_fail("F_OFD_SETLK", fcntl(shared, F_OFD_SETLK, &whole), EPERM, ENOSYS);
  must_fail("F_SETLEASE", fcntl(shared, F_SETLEASE, F_RDLCK), EPERM, ENOSYS);
  static char block[1 << 20];
  if (!strcmp(variant(), "leave")) {
    const int memory = memfd_create("parked", 0);
    for (int i = 0; i < 24; ++i)
      if (write(memory, block, sizeof block) < 0) broken("write: %s", strerrorname_np(errno));
    for (int number = 0; number < 8; ++number) park(memory);
    if (broken_count) return 1;
    puts("left");
    fflush(stdout);
    _exit(0);
  }
  FILE* sockets = fopen("/proc/net/unix", "r");
  int lines = 0;
  while (sockets && fgets(block, sizeof block, sockets)) ++lines;
  if (lines != 1) broken("%d sockets in the namespace", lines - 1);
  return held();
}
