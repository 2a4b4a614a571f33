#include "attack.h"

#include <dirent.h>
#include <sys/sysmacros.h>

int main(void) {
  static const char* const known = " . .. null zero full random urandom fd stdin stdout stderr shm ";
  DIR* dev = opendir("/dev");
  for (struct dirent* entry; dev && (entry = readdir(dev));) {
    char word[300];
    snprintf(word, sizeof word, " %s ", entry->d_name);
    if (!strstr(known, word)) broken("/dev/%s exists", entry->d_name);
  }
  for (const char* const* name = (const char* const[]){"mem", "kmsg", "kvm", "fuse", "net/tun", "vsock", "ptmx", "pts/0", "tty",
                                                       "console", "userfaultfd", "sda", "vda", "loop0", "mqueue", NULL}; *name; ++name) {
    char path[64];
    snprintf(path, sizeof path, "/dev/%s", *name);
    must_fail(path, open(path, O_RDONLY), ENOENT, ENXIO);
  }
  must_fail("mknod char", mknod("/tmp/mem", S_IFCHR | 0666, makedev(1, 1)), EPERM, EPERM);
  must_fail("mknod block", mknod("/tmp/sda", S_IFBLK | 0666, makedev(8, 0)), EPERM, EPERM);
  must_fail("mknodat char", mknodat(AT_FDCWD, "/box/c", S_IFCHR | 0666, makedev(1, 3)), EPERM, EPERM);
  // The kernel uses 32 bits of the mode: higher bits must not help.
  must_fail("mknod, wide", syscall(SYS_mknod, "/tmp/wide", (1L << 32) | S_IFBLK | 0666, makedev(8, 0)), EPERM, EPERM);
  must_fail("remove /dev/null", unlink("/dev/null"), EROFS, EBUSY);
  must_fail("create in /dev", open("/dev/x", O_CREAT | O_WRONLY, 0600), EROFS, EACCES);
  return held();
}
