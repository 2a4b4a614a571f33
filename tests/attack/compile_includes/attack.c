#include "attack.h"

#if __has_include("/etc/shadow") || __has_include("/etc/evalx-attack-marker") || __has_include("/root/.bashrc")
#error BROKEN: a file of the host exists
#endif
#if __has_include("/sys/kernel/notes") || __has_include("/proc/1/environ") || __has_include("/var/lib/dpkg/status")
#error BROKEN: a file of the host exists
#endif

// The assembler includes any bytes; the program prints them.
__asm__(
    ".section .rodata\n.globl env_start, env_end\nenv_start: .incbin \"/proc/self/environ\"\nenv_end: .byte 0\n"
    "passwd_start: .incbin \"/etc/passwd\"\npasswd_end: .byte 0\n"
    "mounts_start: .incbin \"/proc/self/cmdline\"\nmounts_end: .byte 0\n.globl passwd_start, passwd_end\n.text\n");
extern const char env_start[], env_end[], passwd_start[], passwd_end[];

extern char** environ;

int main(void) {
  fwrite(env_start, 1, (size_t)(env_end - env_start), stdout);
  fwrite(passwd_start, 1, (size_t)(passwd_end - passwd_start), stdout);
  for (char** entry = environ; *entry; ++entry) puts(*entry);
  return held();
}
