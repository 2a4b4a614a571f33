// Makes system calls with all arguments -1, and prints a line "NUMBER ANSWER" for each.
//   try_calls fork    0 to 1000, each in a child
//   try_calls alone   0 to 1000 in this process
//   try_calls NUMBER  one, in this process
//   try_calls park    sends a pair of sockets through itself, so that it outlives this process
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "try_call.h"

static void try_in_children(void) {
  volatile long* answer =
      mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  for (long number = 0; number <= 1000; ++number) {
    if (reason_to_skip(number)) continue;
    fflush(stdout);
    *answer = 1;
    const pid_t child = fork();
    if (child == 0) {
      *answer = try_call(number);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    printf("%ld %ld\n", number, *answer);
  }
}

static void try_alone(void) {
  static long answers[1001];
  for (long number = 0; number <= 1000; ++number)
    if (!reason_to_skip(number)) answers[number] = try_call(number);
  for (long number = 0; number <= 1000; ++number)
    if (!reason_to_skip(number)) printf("%ld %ld\n", number, answers[number]);
}

static int park(void) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0) return puts("no sockets"), 0;
  union {
    struct cmsghdr head;
    char room[CMSG_SPACE(sizeof pair)];
  } control = {0};
  struct iovec piece = {"x", 1};
  struct msghdr message = {.msg_iov = &piece,
                           .msg_iovlen = 1,
                           .msg_control = &control,
                           .msg_controllen = sizeof control.room};
  control.head.cmsg_level = SOL_SOCKET;
  control.head.cmsg_type = SCM_RIGHTS;
  control.head.cmsg_len = CMSG_LEN(sizeof pair);
  memcpy(CMSG_DATA(&control.head), pair, sizeof pair);
  if (sendmsg(pair[0], &message, 0) < 0 || sendmsg(pair[1], &message, 0) < 0) return 1;
  puts("parked");
  return 0;
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  signal(SIGPIPE, SIG_IGN);
  signal(SIGALRM, SIG_IGN);
  if (strcmp(argv[1], "fork") == 0)
    try_in_children();
  else if (strcmp(argv[1], "alone") == 0)
    try_alone();
  else if (strcmp(argv[1], "park") == 0)
    return park();
  else
    printf("%s %ld\n", argv[1], try_call(atol(argv[1])));
  return 0;
}
