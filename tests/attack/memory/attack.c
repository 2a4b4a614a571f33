#include "attack.h"

static char block[1 << 20];

static int deep(int level) {
  volatile char frame[4096];
  frame[0] = (char)level;
  return deep(level + 1) + frame[0];
}

static void write_all(int fd) {
  for (int i = 0; i < 240; ++i)
    if (write(fd, block, sizeof block) <= 0) break;
}

int main(void) {
  memset(block, 'x', sizeof block);
  const char* which = variant();
  if (!strcmp(which, "stack")) return deep(0);
  if (!strcmp(which, "memfd")) write_all(memfd_create("x", 0));
  // Descriptor 0 is a file in memory that the program may write to.
  if (!strcmp(which, "inputs")) {
    lseek(0, 0, SEEK_SET);
    write_all(open("/proc/self/fd/0", O_RDWR));
  }
  if (!strcmp(which, "shm")) write_all(open("/dev/shm/x", O_CREAT | O_RDWR, 0600));
  if (!strcmp(which, "mapped")) {
    const int fd = open("/box/x", O_CREAT | O_RDWR, 0600);
    if (ftruncate(fd, 256 << 20)) return 3;
    char* map = mmap(NULL, 256 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    memset(map, 1, 256 << 20);
  }
  for (int i = 0; i < 400 && !strcmp(which, "pipes"); ++i) {
    int ends[2];
    if (pipe2(ends, O_NONBLOCK)) break;
    fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
    while (write(ends[1], block, sizeof block) > 0) {}
  }
  for (int i = 0; i < 4 && !strcmp(which, "children"); ++i)
    if (fork() == 0) strcpy((char*)which, "malloc");
  const int is_shared = !strcmp(which, "shared");
  while (is_shared || !strcmp(which, "malloc")) {
    char* more = mmap(NULL, sizeof block, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | (is_shared ? MAP_SHARED : MAP_PRIVATE), -1, 0);
    if (more != MAP_FAILED) memset(more, 1, sizeof block);
  }
  if (!strcmp(which, "children"))
    while (wait(NULL) > 0) {}
  return 0;
}
