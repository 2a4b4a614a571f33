// The supervisor may mount because of a secret key in the sixth argument register. This program looks for it.
#include "attack.h"

#include <elf.h>

extern char** environ;

uint64_t at_start[8];

/// The registers after the exec.
__attribute__((naked)) void first(void) {
  __asm__(
      "lea at_start(%rip), %rax\n mov %r8, (%rax)\n mov %r9, 8(%rax)\n mov %r10, 16(%rax)\n mov %r11, 24(%rax)\n"
      "mov %r12, 32(%rax)\n mov %r13, 40(%rax)\n mov %rbx, 48(%rax)\n mov %rcx, 56(%rax)\n ret");
}
__attribute__((section(".preinit_array"), used)) static void (*const begin)(void) = first;

static uintptr_t stack_end(void) {
  FILE* maps = fopen("/proc/self/maps", "r");
  char line[512];
  uintptr_t from = 0, to = 0;
  while (maps && fgets(line, sizeof line, maps))
    if (strstr(line, "[stack]") && sscanf(line, "%lx-%lx", &from, &to) == 2) break;
  if (!to) broken("/proc/self/maps shows no stack");
  return to;
}

static int opens(uint64_t key) {
  static const long calls[] = {SYS_unshare, SYS_fsopen, SYS_mount};
  for (int i = 0; i < 3; ++i) {
    long answer;
    register long r10 __asm__("r10") = 0;
    register long r8 __asm__("r8") = 0;
    register uint64_t r9 __asm__("r9") = key;
    __asm__ volatile("syscall" : "=a"(answer) : "a"(calls[i]), "D"(0L), "S"(0L), "d"(0L), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
    if (answer != -ENOSYS) return 1;
  }
  return 0;
}

int main(void) {
  for (int i = 0; i < 8; ++i)
    if (opens(at_start[i])) broken("register %d held the key", i);
  // The whole first stack: arguments, environment, auxiliary vector with its random bytes. Its end is at no fixed distance.
  const unsigned char* end = (const unsigned char*)stack_end() - sizeof(uint64_t);
  for (const unsigned char* at = (const unsigned char*)environ; at <= end; ++at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    if (opens(word)) broken("the stack held the key");
  }
  for (int bit = 0; bit < 64; ++bit)
    if (opens(1UL << bit) || opens(~(1UL << bit)) || opens((1UL << bit) - 1)) broken("the key is simple");
  uint64_t guess = (uint64_t)time(NULL) ^ (uint64_t)getpid() << 32;
  for (int i = 0; i < 300000; ++i) {
    guess = guess * 6364136223846793005UL + 1442695040888963407UL;
    if (opens(guess)) broken("the key was guessed");
  }
  return held();
}
