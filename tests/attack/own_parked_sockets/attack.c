// Only the kernel's garbage collector frees such sockets, and only when another socket is closed (net/unix/garbage.c).
#include "attack.h"

#include <sys/socket.h>
#include <sys/un.h>

#define MEBIBYTES 24

static struct sockaddr_un address(int number, socklen_t* size) {
  struct sockaddr_un result = {.sun_family = AF_UNIX};
  *size = (socklen_t)(sizeof(sa_family_t) + 1 + (socklen_t)snprintf(result.sun_path + 1, 32, "parked-%d", number));
  return result;
}

static void send_along(int through, const int* fds, size_t count) {
  union { struct cmsghdr head; char room[CMSG_SPACE(4 * sizeof(int))]; } control = {0};
  struct iovec piece = {"x", 1};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(count * sizeof(int))};
  control.head.cmsg_level = SOL_SOCKET;
  control.head.cmsg_type = SCM_RIGHTS;
  control.head.cmsg_len = CMSG_LEN(count * sizeof(int));
  memcpy(CMSG_DATA(&control.head), fds, count * sizeof(int));
  if (sendmsg(through, &message, MSG_DONTWAIT) < 0) broken("sendmsg: %s", strerrorname_np(errno));
}

static void park(int number, int memory) {
  socklen_t size;
  struct sockaddr_un name = address(number, &size);
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  int pair[2];
  if (bind(listener, (struct sockaddr*)&name, size) || listen(listener, 8) || socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
    broken("sockets: %s", strerrorname_np(errno));
  const int all[] = {pair[0], pair[1], listener, memory};
  send_along(pair[0], all, 4);
  send_along(pair[1], all, 4);
}

int main(void) {
  static char block[1 << 20];
  if (!strcmp(variant(), "leave")) {
    const int memory = memfd_create("parked", 0);
    memset(block, 'x', sizeof block);
    for (int i = 0; i < MEBIBYTES; ++i)
      if (write(memory, block, sizeof block) < 0) broken("write: %s", strerrorname_np(errno));
    for (int number = 0; number < 8; ++number) park(number, memory);
    if (!broken_count) puts("left");
    fflush(stdout);
    _exit(0);
  }
  for (int number = 0; number < 8; ++number) {
    socklen_t size;
    struct sockaddr_un name = address(number, &size);
    must_fail("connect", connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr*)&name, size), ECONNREFUSED, ECONNREFUSED);
  }
  FILE* sockets = fopen("/proc/net/unix", "r");
  int lines = 0;
  while (sockets && fgets(block, sizeof block, sockets)) ++lines;
  if (lines > 1 + 8) broken("%d sockets in the namespace", lines - 1);
  return held();
}
