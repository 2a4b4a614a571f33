// The kernel counts pipe pages, locked memory, queued signals, epoll watches and descriptors in flight per uid of the host.
#include "attack.h"

#include <sys/epoll.h>
#include <sys/socket.h>

static int pipes(void) {
  int count = 0, ends[2];
  while (count < 400 && pipe(ends) == 0 && fcntl(ends[0], F_SETPIPE_SZ, 1 << 16) > 0) ++count;
  return count;
}

static int locked(void) {
  int pages = 0;
  while (pages < 100000) {
    void* page = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED || mlock(page, 1 << 16)) break;
    ++pages;
  }
  return pages;
}

static int queued(void) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
  int count = 0;
  while (count < 100000 && sigqueue(getpid(), SIGRTMIN, (union sigval){0}) == 0) ++count;
  return count;
}

static int in_flight(void) {
  int pair[2], count = 0;
  if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair)) return -1;
  for (; count < 100000; ++count) {
    union { struct cmsghdr head; char room[CMSG_SPACE(sizeof(int))]; } control = {0};
    struct iovec piece = {"x", 1};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(sizeof(int))};
    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    control.head.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&control.head), &pair[count % 2], sizeof(int));
    if (sendmsg(pair[count % 2], &message, MSG_DONTWAIT) < 0) {
      // The queue of one direction is full: take a new pair; the old one stays in flight.
      if (errno != EAGAIN || socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair)) break;
    }
  }
  return count;
}

int main(void) {
  const int leaves = !strcmp(variant(), "leave");
  const int got[] = {pipes(), locked(), queued(), in_flight()};
  if (leaves) {
    puts("left");
    fflush(stdout);
    _exit(0);
  }
  static const int least[] = {200, 60, 900, 250};
  static const char* const names[] = {"pipes", "pieces of locked memory", "signals", "descriptors in flight"};
  for (int i = 0; i < 4; ++i)
    if (got[i] < least[i]) broken("only %d %s", got[i], names[i]);
  return held();
}
