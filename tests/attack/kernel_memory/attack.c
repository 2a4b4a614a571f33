#include "attack.h"

#include <linux/filter.h>
#include <mqueue.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/xattr.h>

static char block[1 << 16];

static void sockets(void) {
  for (int turn = 0; turn < 8; ++turn) {
    if (fork()) continue;
    int pair[2];
    while (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0)
      for (int end = 0; end < 2; ++end) {
        const int size = 64 << 20;
        setsockopt(pair[end], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
        while (write(pair[end], block, sizeof block) > 0) {}
      }
    _exit(0);
  }
  while (wait(NULL) > 0) {}
}

/// Sockets sent through each other and closed: only the kernel's garbage collector finds them.
static void rights(void) {
  for (int turn = 0; turn < 20000; ++turn) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair)) break;
    union { struct cmsghdr head; char room[CMSG_SPACE(2 * sizeof(int))]; } control = {0};
    struct iovec piece = {"x", 1};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    control.head.cmsg_len = CMSG_LEN(2 * sizeof(int));
    memcpy(CMSG_DATA(&control.head), pair, 2 * sizeof(int));
    if (sendmsg(pair[0], &message, MSG_DONTWAIT) < 0) break;
    close(pair[0]);
    close(pair[1]);
  }
}

/// One record lock for each byte, so that the kernel cannot merge neighbours.
static void locks(void) {
  const int fd = open("/box/x", O_CREAT | O_RDWR, 0600);
  for (long at = 0; at < 4000000; ++at) {
    struct flock one = {.l_type = at % 2 ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};
    if (fcntl(fd, F_SETLK, &one)) break;
  }
}

static void sysv(void) {
  must_fail("shmget", syscall(SYS_shmget, 0x4242, 1 << 30, 01666), ENOSYS, ENOSPC);
  must_fail("semget", syscall(SYS_semget, 0x4242, 1, 01666), ENOSYS, ENOSPC);
  must_fail("msgget", syscall(SYS_msgget, 0x4242, 01666), ENOSYS, ENOSPC);
  must_fail("mq_open", syscall(SYS_mq_open, "x", O_CREAT | O_RDWR, 0600, NULL), ENOSYS, EMFILE);
}

/// Programs of socket filters are counted in no group, and take from bpf_jit_limit, which our own filters need.
static void filters(void) {
  int pair[2];
  struct sock_filter yes[] = {BPF_STMT(BPF_RET | BPF_K, 1)};
  const struct sock_fprog program = {1, yes};
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) return;
  must_fail("a socket filter", setsockopt(pair[0], SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), EPERM, EPERM);
  must_fail("a BPF filter", setsockopt(pair[0], SOL_SOCKET, SO_ATTACH_BPF, &pair[0], sizeof pair[0]), EPERM, EPERM);
}

/// Access lists of 64 KiB: two for each folder, and no group counts them.
static void lists(void) {
  struct { uint16_t tag, rights; uint32_t id; } list[4001] = {{2, 0, 0}, {1, 7, -1}};
  for (int i = 2; i < 3998; ++i) list[i].tag = 2, list[i].rights = 7, list[i].id = 1000;
  list[3998].tag = 4, list[3999].tag = 16, list[4000].tag = 32;
  mkdir("list", 0700);
  const int folder = open("list", O_RDONLY | O_DIRECTORY);
  must_fail("setxattr", setxattr("list", "system.posix_acl_default", list, sizeof list, 0), ENOSYS, ENOSYS);
  must_fail("lsetxattr", lsetxattr("list", "system.posix_acl_access", list, sizeof list, 0), ENOSYS, ENOSYS);
  must_fail("fsetxattr", fsetxattr(folder, "user.x", list, sizeof list, 0), ENOSYS, ENOSYS);
}

static void files(void) {
  int count = 3;
  while (open("/dev/null", O_RDONLY) >= 0) ++count;
  if (errno != EMFILE || count != 256) broken("%d files, then %s", count, strerrorname_np(errno));
}

static void timers(void) {
  int count = 0;
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  while (count < 100000 && timer_create(CLOCK_MONOTONIC, &event, &timer) == 0) ++count;
  if (count > 2048) broken("%d timers", count);
}

static void signals(void) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
  int count = 0;
  while (count < 100000 && sigqueue(getpid(), SIGRTMIN, (union sigval){0}) == 0) ++count;
  if (count > 2048) broken("%d queued signals", count);
}

/// Nested epoll sets: the kernel must limit how much one event can wake.
static void epolls(void) {
  int last = epoll_create1(0), depth = 0;
  for (; depth < 200; ++depth) {
    const int next = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    if (next < 0 || epoll_ctl(next, EPOLL_CTL_ADD, last, &event)) break;
    last = next;
  }
  if (depth > 10) broken("epoll nests %d deep", depth);
}

static void limits(void) {
  static const int kinds[] = {RLIMIT_NOFILE, RLIMIT_STACK, RLIMIT_FSIZE, RLIMIT_CORE, RLIMIT_MSGQUEUE, RLIMIT_SIGPENDING, RLIMIT_MEMLOCK,
                              RLIMIT_NICE, RLIMIT_RTPRIO};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; ++i) {
    struct rlimit limit;
    getrlimit(kinds[i], &limit);
    if (limit.rlim_cur != limit.rlim_max || limit.rlim_max == RLIM_INFINITY) broken("limit %d is open: %ld of %ld", kinds[i], (long)limit.rlim_cur, (long)limit.rlim_max);
    limit.rlim_cur = ++limit.rlim_max;
    must_fail("setrlimit up", setrlimit(kinds[i], &limit), EPERM, EPERM);
  }
  must_fail("nice -10", setpriority(PRIO_PROCESS, 0, -10), EACCES, EPERM);
  // A lower priority would make waiting for a CPU look like the fault of others.
  must_fail("nice 10", setpriority(PRIO_PROCESS, 0, 10), EPERM, EPERM);
  struct sched_param first = {.sched_priority = 0};
  must_fail("SCHED_IDLE", sched_setscheduler(0, SCHED_IDLE, &first), EPERM, EPERM);
  first.sched_priority = 1;
  must_fail("SCHED_FIFO", sched_setscheduler(0, SCHED_FIFO, &first), EPERM, EPERM);
  must_fail("real-time io", syscall(SYS_ioprio_set, 1, 0, (1 << 13) | 0), EPERM, EPERM);
}

int main(void) {
  memset(block, 'x', sizeof block);
  const char* which = variant();
  if (!strcmp(which, "sockets")) sockets();
  if (!strcmp(which, "rights")) rights();
  if (!strcmp(which, "locks")) locks();
  if (!strcmp(which, "sysv")) sysv();
  if (!strcmp(which, "filters")) filters();
  if (!strcmp(which, "lists")) lists();
  if (!strcmp(which, "files")) files();
  if (!strcmp(which, "timers")) timers();
  if (!strcmp(which, "signals")) signals();
  if (!strcmp(which, "epoll")) epolls();
  if (!strcmp(which, "limits")) limits();
  return held();
}
