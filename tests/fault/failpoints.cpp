// Failpoints with effects, linked into evalx_failpoints only. EVALX_FAILPOINT holds the rules,
// "NAME:ACTION[:WHEN],…":
//   ACTION  kill, abort, stop (SIGSTOP), sleep N (ms), eio, enospc, eagain
//   WHEN    N: only the N-th time, by default the first; N%: about this share of all times; @FILE:
//           each time for a job that this file in EVALX_FAILPOINT_FOLDER lists (one token a line,
//           at most 4 KiB)
// The folder EVALX_FAILPOINT_FOLDER holds two files. The server, its launcher, its supervisors and
// later servers count in `counters`. The server appends a line to `passings` for each failpoint
// that it passes: "TIME PID NAME JOB LEASE AT", times in µs of CLOCK_MONOTONIC. JOB is "-" and
// LEASE and AT are 0 where the failpoint does not know them.

#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

#include "base/failpoint.hpp"

namespace {

using evalx::Passing;

constexpr const char* kPoints = "EVALX_FAILPOINT";
constexpr const char* kFolder = "EVALX_FAILPOINT_FOLDER";
constexpr std::size_t kRulesMax = 32;

enum class Action { Kill, Abort, Stop, Sleep, Fail };

struct Rule {
  std::array<char, 64> name{};
  Action action = Action::Kill;
  int error = 0;
  unsigned sleep_ms = 0;
  unsigned nth = 1;
  unsigned percent = 0;         ///< 0: only the nth time.
  std::array<char, 64> jobs{};  ///< Name of a file; empty: any job.
};

/// The counters of one rule, in the file that all processes share.
struct Count {
  std::atomic<std::uint64_t> passed{0}, fired{0};
};
using Counts = std::array<Count, kRulesMax>;

[[noreturn]] void misuse(const std::string& why) {
  std::fprintf(stderr, "%s: %s\n", kPoints, why.c_str());
  ::_exit(2);
}

/// Reads the parent's environment if our own is empty: the launcher is started with an empty one.
std::string variable(const char* name) {
  if (const char* const value = std::getenv(name)) return value;
  if (environ != nullptr && *environ != nullptr) return {};
  std::ifstream file{"/proc/" + std::to_string(::getppid()) + "/environ"};
  for (std::string entry; std::getline(file, entry, '\0');) {
    const std::string_view text{entry};
    if (text.starts_with(name) && text.substr(std::strlen(name)).starts_with("="))
      return entry.substr(std::strlen(name) + 1);
  }
  return {};
}

unsigned number(const std::string& text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) misuse("not a number: " + text);
  return value;
}

void set_action(Rule& rule, const std::string& text) {
  if (text == "kill") {
    rule.action = Action::Kill;
  } else if (text == "abort") {
    rule.action = Action::Abort;
  } else if (text == "stop") {
    rule.action = Action::Stop;
  } else if (text.starts_with("sleep ")) {
    rule.action = Action::Sleep;
    rule.sleep_ms = number(text.substr(6));
  } else if (text == "eio" || text == "enospc" || text == "eagain") {
    rule.action = Action::Fail;
    rule.error = text == "eio" ? EIO : text == "enospc" ? ENOSPC : EAGAIN;
  } else {
    misuse("unknown action " + text);
  }
}

Rule parse(const std::string& text) {
  std::istringstream stream{text};
  std::string name, action, when;
  std::getline(stream, name, ':');
  std::getline(stream, action, ':');
  std::getline(stream, when);
  Rule rule;
  if (name.empty() || name.size() >= rule.name.size())
    misuse("the name is missing or too long in " + text);
  name.copy(rule.name.data(), name.size());
  set_action(rule, action);
  if (when.starts_with('@')) {
    if (when.size() > rule.jobs.size()) misuse("no file: " + when);
    when.copy(rule.jobs.data(), when.size() - 1, 1);
  } else if (when.ends_with('%')) {
    rule.percent = number(when.substr(0, when.size() - 1));
  } else if (!when.empty()) {
    rule.nth = number(when);
  }
  return rule;
}

/// Reads and unsets the variables before main(), because the settings refuse unknown variables.
class Points {
 public:
  Points() {
    const std::string text = variable(kPoints);
    const std::string folder = variable(kFolder);
    if (!folder.empty()) open(folder);
    ::unsetenv(kPoints);
    ::unsetenv(kFolder);
    std::istringstream stream{text};
    for (std::string rule; std::getline(stream, rule, ',');) {
      if (size_ == kRulesMax) misuse("too many rules");
      rules_[size_++] = parse(rule);
    }
  }

  int pass(std::string_view name, const Passing& passing) noexcept {
    write(name, passing);
    int error = 0;
    for (std::size_t i = 0; i < size_; ++i) {
      if (name != rules_[i].name.data()) continue;
      const bool is_due_now = rules_[i].jobs[0] != 0 ? names(rules_[i].jobs.data(), passing.job)
                                                     : is_due(rules_[i], (*counts_)[i]);
      if (!is_due_now) continue;
      (*counts_)[i].fired.fetch_add(1);
      if (rules_[i].action == Action::Fail) error = rules_[i].error;
      act(rules_[i]);
    }
    return error;
  }

 private:
  void open(const std::string& folder) {
    const std::string counters = folder + "/counters";
    const int fd = ::open(counters.c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0 || ::ftruncate(fd, sizeof(Counts)) < 0) misuse("cannot open " + counters);
    void* const memory = ::mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) misuse("cannot map " + counters);
    ::close(fd);
    counts_ = static_cast<Counts*>(memory);
    folder_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    // A launcher closes unknown descriptors, and their numbers are used again, so it keeps no log.
    if (std::getenv(kFolder) == nullptr) return;
    const std::string passings = folder + "/passings";
    log_ = ::open(passings.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (log_ < 0) misuse("cannot open " + passings);
  }

  void write(std::string_view name, const Passing& passing) const noexcept {
    if (log_ < 0) return;
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    std::array<char, 256> line;  // NOLINT: written by snprintf
    const int size = std::snprintf(
        line.data(), line.size(), "%lld %d %.*s %.*s %llu %lld\n",
        now.tv_sec * 1'000'000LL + now.tv_nsec / 1000, static_cast<int>(::getpid()),
        static_cast<int>(name.size()), name.data(),
        passing.job.empty() ? 1 : static_cast<int>(passing.job.size()),
        passing.job.empty() ? "-" : passing.job.data(),
        static_cast<unsigned long long>(passing.lease), static_cast<long long>(passing.at.count()));
    // One write, so that lines of several processes do not mix.
    if (size > 0 && size < static_cast<int>(line.size())) {
      [[maybe_unused]] const auto written =
          ::write(log_, line.data(), static_cast<std::size_t>(size));
    }
  }

  /// Whether the file, one token per line, lists the job.
  [[nodiscard]] bool names(const char* file, std::string_view job) const noexcept {
    if (job.empty()) return false;
    std::array<char, 4096> text;  // NOLINT: written by read
    const int fd = ::openat(folder_, file, O_RDONLY | O_CLOEXEC);
    const auto size = fd < 0 ? -1 : ::read(fd, text.data(), text.size());
    if (fd >= 0) ::close(fd);
    return size > 0 && std::string_view{text.data(), static_cast<std::size_t>(size)}.find(job) !=
                           std::string_view::npos;
  }

  static bool is_due(const Rule& rule, Count& count) noexcept {
    const std::uint64_t passed = count.passed.fetch_add(1) + 1;
    if (rule.percent == 0) return passed == rule.nth;
    // A multiplicative sequence that never repeats: every stretch of it has about the same share.
    return (passed * 0x9e3779b97f4a7c15ULL >> 33) % 100 < rule.percent;
  }

  static void act(const Rule& rule) noexcept {
    switch (rule.action) {
      case Action::Kill:
        ::kill(::getpid(), SIGKILL);
        ::_exit(128 +
                SIGKILL);  // A supervisor is init in its namespace: its own signals do not kill it.
      case Action::Abort:
        std::abort();
      case Action::Stop:
        ::kill(::getpid(), SIGSTOP);
        return;
      case Action::Sleep: {
        timespec rest{rule.sleep_ms / 1000, rule.sleep_ms % 1000 * 1'000'000L};
        while (::nanosleep(&rest, &rest) < 0 && errno == EINTR) {
        }
        return;
      }
      case Action::Fail:
        return;
    }
  }

  std::array<Rule, kRulesMax> rules_{};
  std::size_t size_ = 0;
  Counts own_;
  Counts* counts_ = &own_;
  int log_ = -1;
  int folder_ = -1;
};

Points points;

}  // namespace

namespace evalx {

void failpoint(std::string_view name, const Passing& passing) noexcept {
  static_cast<void>(points.pass(name, passing));
}

std::error_code failpoint_error(std::string_view name) noexcept {
  return {points.pass(name, {}), std::system_category()};
}

}  // namespace evalx
