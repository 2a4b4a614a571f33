#include "attack.h"

#include <dirent.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/xattr.h>

static const char* const places[] = {"/tmp", "/box", "/dev/shm", "/var/tmp", "/tmp/.cache", "/usr/lib/python3/__pycache__", "/", "/etc", "/mnt", "/dev"};
static const char* const locked[] = {"/usr/bin/env", "/usr/lib/x86_64-linux-gnu/libc.so.6", "/usr/bin/python3.11"};

static struct sockaddr_un address(const char* name, socklen_t* size) {
  struct sockaddr_un result = {.sun_family = AF_UNIX};
  memcpy(result.sun_path, name, 6);
  *size = (socklen_t)(sizeof(sa_family_t) + 6);
  return result;
}

static void park(int fd) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair)) return;
  union { struct cmsghdr head; char room[CMSG_SPACE(3 * sizeof(int))]; } control = {0};
  struct iovec piece = {"x", 1};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  control.head.cmsg_level = SOL_SOCKET;
  control.head.cmsg_type = SCM_RIGHTS;
  control.head.cmsg_len = CMSG_LEN(3 * sizeof(int));
  memcpy(CMSG_DATA(&control.head), (int[]){pair[0], pair[1], fd}, 3 * sizeof(int));
  if (sendmsg(pair[0], &message, MSG_DONTWAIT) < 0) return;
}

/// Number of entries below a directory that must be empty for every program.
static void must_be_empty(const char* path) {
  DIR* folder = opendir(path);
  for (struct dirent* entry; folder && (entry = readdir(folder));)
    if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) broken("%s/%s", path, entry->d_name);
  if (folder) closedir(folder);
}

static void leave(void) {
  char path[128];
  for (size_t i = 0; i < sizeof places / sizeof *places; ++i) {
    mkdir(places[i], 0777);
    snprintf(path, sizeof path, "%s/left", places[i]);
    close(open(path, O_CREAT | O_WRONLY, 0666));
    setxattr(places[i], "user.left", "x", 1, 0);
    chmod(places[i], 0777);
  }
  shmget(0x4242, 4096, IPC_CREAT | 0666);
  semget(0x4242, 1, IPC_CREAT | 0666);
  msgget(0x4242, IPC_CREAT | 0666);
  syscall(SYS_mq_open, "left", O_CREAT | O_RDWR, 0666, NULL);
  syscall(SYS_add_key, "user", "left", "x", 1, -4);
  socklen_t size;
  struct sockaddr_un abstract = address("\0left", &size);
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  bind(listener, (struct sockaddr*)&abstract, size);
  listen(listener, 10);
  for (size_t i = 0; i < sizeof locked / sizeof *locked; ++i) flock(open(locked[i], O_RDONLY), LOCK_EX | LOCK_NB);
  struct itimerval timer = {.it_value = {.tv_sec = 1}};
  setitimer(ITIMER_REAL, &timer, NULL);
  alarm(1);
  umask(0777);
  setpriority(PRIO_PROCESS, 0, 19);
  // Locks of the open file, and a descriptor in flight in a closed socket.
  struct flock whole = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
  for (size_t i = 0; i < sizeof locked / sizeof *locked; ++i) fcntl(open(locked[i], O_RDONLY), F_OFD_SETLK, &whole);
  park(listener);
  setrlimit(RLIMIT_NOFILE, &(struct rlimit){16, 16});
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(0, &one);
  sched_setaffinity(0, sizeof one, &one);
  if (fork() == 0) {
    setsid();
    char* memory = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(memory, 1, 8 << 20);
    const int hold = memfd_create("left", 0);
    if (write(hold, memory, 4 << 20) < 0) _exit(1);
    for (;;) pause();
  }
  while (open("/dev/null", O_RDONLY) >= 0) {}
}

static void look(void) {
  char path[128];
  // Also checks for files that the compiler of this program left.
  must_be_empty("/tmp");
  must_be_empty("/dev/shm");
  struct stat about;
  for (size_t i = 0; i < sizeof places / sizeof *places; ++i) {
    snprintf(path, sizeof path, "%s/left", places[i]);
    if (lstat(path, &about) == 0) broken("%s", path);
    char value[8];
    if (getxattr(places[i], "user.left", value, sizeof value) >= 0) broken("an attribute of %s", places[i]);
  }
  for (const char* const* place = (const char* const[]){"/tmp", "/box", "/dev/shm", NULL}; *place; ++place)
    if (stat(*place, &about) || (about.st_mode & 07777) != 01777) broken("%s has mode %o", *place, about.st_mode);
  must_fail("shmget", shmget(0x4242, 0, 0), ENOSYS, ENOENT);
  must_fail("semget", semget(0x4242, 0, 0), ENOSYS, ENOENT);
  must_fail("msgget", msgget(0x4242, 0), ENOSYS, ENOENT);
  must_fail("mq_open", syscall(SYS_mq_open, "left", O_RDWR, 0, NULL), ENOSYS, ENOENT);
  must_fail("request_key", syscall(SYS_request_key, "user", "left", NULL, 0), ENOSYS, ENOSYS);
  socklen_t size;
  struct sockaddr_un abstract = address("\0left", &size);
  must_fail("connect", connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr*)&abstract, size), ECONNREFUSED, ECONNREFUSED);
  for (size_t i = 0; i < sizeof locked / sizeof *locked; ++i)
    if (flock(open(locked[i], O_RDONLY), LOCK_EX | LOCK_NB)) broken("%s is locked", locked[i]);
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  if (fcntl(0, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK) broken("stdin is locked");
  must_fail("a port", socket(AF_INET, SOCK_STREAM, 0), EAFNOSUPPORT, EAFNOSUPPORT);
  must_fail("inotify", inotify_init(), ENOSYS, ENOSYS);
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur != 256) broken("%ld descriptors may be open", (long)files.rlim_cur);
  struct itimerval timer;
  getitimer(ITIMER_REAL, &timer);
  if (timer.it_value.tv_sec || timer.it_value.tv_usec || alarm(0)) broken("a timer runs");
  if (umask(022) != 022) broken("the umask");
  if (getpriority(PRIO_PROCESS, 0)) broken("the priority");
  if (kill(-1, 0) == 0) broken("a process can be signalled");
  sigset_t pending;
  sigpending(&pending);
  for (int number = 1; number < 32; ++number)
    if (sigismember(&pending, number)) broken("signal %d is pending", number);
  if (open("/dev/null", O_RDONLY) != 3 + 1 + 3) broken("descriptors are left");
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  if (used.ru_utime.tv_sec || getppid() != 1) broken("used CPU time or parent are not those of a new run");
}

int main(void) {
  if (!strcmp(variant(), "leave")) {
    leave();
    puts("left");
    return 0;
  }
  look();
  return held();
}
