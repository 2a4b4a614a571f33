#include "attack.h"

/// A 32-bit executable of 95 bytes: exit(0) by int 0x80.
static void run_i386(void) {
  unsigned char image[] = {
      0x7f, 'E', 'L', 'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 1, 0, 0, 0, 0x54, 0x80, 4, 8, 52, 0, 0, 0,
      0, 0, 0, 0, 0, 0, 0, 0, 52, 0, 32, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 4, 8,
      0, 0x80, 4, 8, 0x5f, 0, 0, 0, 0x5f, 0, 0, 0, 5, 0, 0, 0, 0, 0x10, 0, 0,
      0x31, 0xdb, 0xb8, 1, 0, 0, 0, 0xcd, 0x80, 0x0f, 0x0b};
  const int fd = open("/tmp/i386", O_CREAT | O_WRONLY, 0755);
  if (write(fd, image, sizeof image) != sizeof image) exit(9);
  close(fd);
  char* const words[] = {"/tmp/i386", NULL};
  execv(words[0], words);
  exit(8);  // This kernel does not run 32-bit files.
}

int main(void) {
  static const struct { const char* name; long number; } calls[] = {
      {"kexec_load", SYS_kexec_load},   {"kexec_file_load", SYS_kexec_file_load}, {"init_module", SYS_init_module},
      {"finit_module", SYS_finit_module}, {"delete_module", SYS_delete_module},   {"reboot", SYS_reboot},
      {"swapon", SYS_swapon},           {"swapoff", SYS_swapoff},                 {"iopl", SYS_iopl},
      {"ioperm", SYS_ioperm},           {"x32", 0x40000000L + 39}};
  const char* which = variant();
  if (!strcmp(which, "i386")) run_i386();
  if (!strcmp(which, "int80")) {
    long answer = 20;
    __asm__ volatile("int $0x80" : "+a"(answer) : : "memory");
  }
  if (!strcmp(which, "child")) {  // Not the first process of the run, but stopped as well.
    if (fork() == 0) syscall(SYS_reboot, -1, -1, -1, -1);
    wait(NULL);
  }
  for (size_t i = 0; i < sizeof calls / sizeof *calls; ++i)
    if (!strcmp(which, calls[i].name)) syscall(calls[i].number, -1, -1, -1, -1);
  broken("%s came back", which);
  return 0;
}
