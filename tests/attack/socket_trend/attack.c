#include "attack.h"

#include <sys/socket.h>

int main(void) {
  static char block[4096];
  int count = 0, pair[2];
  while (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0) {
    for (int i = 0; i < 4; ++i)
      if (write(pair[0], block, sizeof block) < 0) break;
    union { struct cmsghdr head; char room[CMSG_SPACE(2 * sizeof(int))]; } control = {0};
    struct iovec piece = {"x", 1};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    control.head.cmsg_len = CMSG_LEN(2 * sizeof(int));
    memcpy(CMSG_DATA(&control.head), pair, 2 * sizeof(int));
    if (sendmsg(pair[0], &message, MSG_DONTWAIT) < 0 && errno != ETOOMANYREFS && errno != EAGAIN) broken("sendmsg: %s", strerrorname_np(errno));
    ++count;
  }
  if (count < 100) broken("only %d pairs", count);
  return held();
}
