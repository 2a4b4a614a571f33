// A wall clock with an offset; fault tests preload it (ld.so(8)). The variable EVALX_CLOCK_OFFSET
// names a file that holds the offset in nanoseconds as a signed number of eight bytes. The file may
// change at any time. Monotonic clocks have no offset, because no administrator can set them.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;
constexpr const char* kVariable = "EVALX_CLOCK_OFFSET";

const std::atomic<std::int64_t>* mapped() {
  static const std::atomic<std::int64_t> none{0};
  const char* const path = std::getenv(kVariable);
  const int fd = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return &none;
  void* const memory = ::mmap(nullptr, sizeof none, PROT_READ, MAP_SHARED, fd, 0);
  ::close(fd);
  return memory == MAP_FAILED ? &none : static_cast<const std::atomic<std::int64_t>*>(memory);
}

const std::atomic<std::int64_t>* offset = nullptr;

/// Unsets the variable before main(), because the settings refuse unknown variables.
[[gnu::constructor]] void begin() {
  offset = mapped();
  ::unsetenv(kVariable);
}

using ClockGetTime = int (*)(clockid_t, timespec*);

int real_time(clockid_t clock, timespec* time) {
  static const auto real = reinterpret_cast<ClockGetTime>(::dlsym(RTLD_NEXT, "clock_gettime"));
  return real(clock, time);
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const int failed = real_time(clock, now);
  const bool is_wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
  if (failed != 0 || !is_wall || offset == nullptr) return failed;
  const std::int64_t time = now->tv_sec * kNanoseconds + now->tv_nsec + offset->load();
  now->tv_sec = time / kNanoseconds;
  now->tv_nsec = time % kNanoseconds;
  return 0;
}

int gettimeofday(timeval* now, void*) noexcept {
  timespec time{};
  if (::clock_gettime(CLOCK_REALTIME, &time) != 0) return -1;
  *now = {time.tv_sec, time.tv_nsec / 1000};
  return 0;
}

time_t time(time_t* into) noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  if (into != nullptr) *into = now.tv_sec;
  return now.tv_sec;
}
}
