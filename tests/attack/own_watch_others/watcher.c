#include "attack.h"

#include <sys/inotify.h>

static volatile sig_atomic_t touched;

static void note(int number) {
  (void)number;
  ++touched;
}

int main(void) {
  static const char* const folders[] = {"/usr/include", "/usr/bin", "/usr/lib/gcc/x86_64-linux-gnu/12", "/usr/include/x86_64-linux-gnu"};
  signal(SIGIO, note);
  const int watch = inotify_init1(IN_NONBLOCK);
  for (size_t i = 0; i < sizeof folders / sizeof *folders; ++i) {
    inotify_add_watch(watch, folders[i], IN_OPEN | IN_ACCESS);
    fcntl(open(folders[i], O_RDONLY | O_DIRECTORY), F_NOTIFY, DN_ACCESS | DN_MULTISHOT);
  }
  const double end = seconds() + 2;
  while (seconds() < end) {
    char events[65536];
    for (ssize_t got; (got = read(watch, events, sizeof events)) > 0;) {
      for (char* at = events; at < events + got;) {
        const struct inotify_event* event = (const struct inotify_event*)at;
        if (event->len) broken("another program opened %s", event->name);
        at += sizeof *event + event->len;
      }
      if (broken_count > 5) return held();
    }
    usleep(10000);
  }
  if (touched) broken("other programs read files %d times", (int)touched);
  return held();
}
