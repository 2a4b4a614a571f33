#include "attack.h"

#include <grp.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>

static void expect_line(const char* name, const char* value) {
  FILE* status = fopen("/proc/self/status", "r");
  char line[256];
  int seen = 0;
  while (status && fgets(line, sizeof line, status)) {
    if (strncmp(line, name, strlen(name)) || line[strlen(name)] != ':') continue;
    seen = 1;
    char* word = line + strlen(name) + 1;
    word += strspn(word, " \t");
    word[strcspn(word, " \n")] = 0;
    if (strcmp(word, value)) broken("%s is '%s'", name, word);
  }
  if (status) fclose(status);
  if (!seen) broken("no %s in /proc/self/status", name);
}

int main(int count, char** arguments) {
  (void)arguments;
  if (count > 1) {
    if (geteuid() != 1000 || getauxval(AT_SECURE)) broken("euid is %d after the exec", geteuid());
    return held();
  }
  for (const char* const* name = (const char* const[]){"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", NULL}; *name; ++name)
    expect_line(*name, "0000000000000000");
  expect_line("NoNewPrivs", "1");
  expect_line("Seccomp", "2");
  expect_line("Groups", "");
  for (const char* const* place = (const char* const[]){"/box", "/tmp", "/dev/shm", "/usr", "/", "/proc", NULL}; *place; ++place) {
    struct statvfs about;
    if (statvfs(*place, &about) || !(about.f_flag & ST_NOSUID)) broken("%s is not nosuid", *place);
    if (strcmp(*place, "/proc") && !(about.f_flag & 4)) broken("%s is not nodev", *place);
  }
  must_fail("setuid(0)", setuid(0), EPERM, EINVAL);
  must_fail("setgid(0)", setgid(0), EPERM, EINVAL);
  must_fail("setresuid(-1, 0, -1)", setresuid(-1, 0, -1), EPERM, EINVAL);
  must_fail("setgroups", setgroups(1, (gid_t[]){0}), EPERM, EPERM);
  must_fail("chown to root", (symlink("x", "/tmp/l"), lchown("/tmp/l", 0, 0)), EPERM, EINVAL);
  must_fail("PR_CAP_AMBIENT", prctl(47, 2, 10, 0, 0), EPERM, EINVAL);
  must_fail("PR_SET_SECUREBITS", prctl(28, 1, 0, 0, 0), EPERM, EPERM);
  must_fail("PR_SET_MM", prctl(35, 1, 0, 0, 0), EPERM, EPERM);
  const int from = open("/proc/self/exe", O_RDONLY), to = open("/tmp/copy", O_CREAT | O_WRONLY, 0755);
  char bytes[65536];
  for (ssize_t got; (got = read(from, bytes, sizeof bytes)) > 0;)
    if (write(to, bytes, (size_t)got) != got) broken("copy");
  fchmod(to, 06755);
  close(to);
  if (broken_count) return held();
  execl("/tmp/copy", "copy", "again", NULL);
  broken("exec of the copy: %s", strerrorname_np(errno));
  return held();
}
