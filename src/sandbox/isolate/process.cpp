#include "sandbox/isolate/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <chrono>
#include <csignal>
#include <ctime>

#include "sandbox/c_list.hpp"

extern "C" {  // glibc 2.36 declares these without __BEGIN_DECLS.
#include <sys/pidfd.h>
}

#include "base/timer.hpp"

namespace evalx::sandbox::isolate {
namespace {

using kernel::ExitStatus;
using kernel::Fd;
using Descriptor = asio::posix::basic_stream_descriptor<Executor>;

/// For --version, --init and --cleanup. Removing a box with many files takes a while.
constexpr Milliseconds kJobPatience{30'000};
/// Between SIGTERM and SIGKILL. The tool checks for signals every 100 ms.
constexpr Milliseconds kStopPatience{5'000};
/// Between two looks at a tool without a pidfd.
constexpr timespec kEndPause{.tv_sec = 0, .tv_nsec = 10'000'000};
/// The most to read of a short job's output, a path or a message. A pipe takes that at once.
constexpr std::size_t kMaxWords = 4096;
constexpr std::size_t kMaxLine = 300;

auto timed_out() {
  return fail(std::make_error_code(std::errc::timed_out), "wait for isolate");
}

/// All signals have their default action and none is blocked, whatever this thread has: the tool
/// needs SIGALRM and SIGTERM. The tool gets its own process group, so that a Ctrl-C at our terminal
/// reaches only us.
class SpawnAttributes {
 public:
  SpawnAttributes() {
    ::posix_spawnattr_init(&value_);
    sigset_t set;
    ::sigemptyset(&set);
    ::posix_spawnattr_setsigmask(&value_, &set);
    ::sigfillset(&set);
    ::posix_spawnattr_setsigdefault(&value_, &set);
    ::posix_spawnattr_setflags(
        &value_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  ~SpawnAttributes() { ::posix_spawnattr_destroy(&value_); }

  [[nodiscard]] const posix_spawnattr_t* get() const { return &value_; }

 private:
  posix_spawnattr_t value_{};
};

/// Ends a tool that has no pidfd, as ~Process() does. There is no event for its end.
void end_without_pidfd(pid_t pid) {
  const auto deadline = std::chrono::steady_clock::now() + kStopPatience;
  ::kill(pid, SIGTERM);
  while (::waitpid(pid, nullptr, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() >= deadline) ::kill(pid, SIGKILL);
    ::nanosleep(&kEndPause, nullptr);
  }
}

/// Two pipes and a process that writes to them.
struct Job {
  Process process;
  Fd out, err;
};

struct Pipe {
  Fd read, write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) < 0) return fail(last_error(), "pipe2");
  return Pipe{Fd{ends[0]}, Fd{ends[1]}};
}

Result<Job> start_job(const Argv& argv) {
  EVALX_TRY(Pipe out, make_pipe());
  EVALX_TRY(Pipe err, make_pipe());
  const Fd null{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  if (!null) return fail(last_error(), "open /dev/null");
  EVALX_TRY(Process process, Process::start(argv, {null.get(), out.write.get(), err.write.get()}));
  return Job{std::move(process), std::move(out.read), std::move(err.read)};
}

std::string words(const Fd& pipe) {
  std::string text(kMaxWords, '\0');
  const ssize_t got = ::read(pipe.get(), text.data(), text.size());
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

Result<std::string> finish(const Argv& argv, const Job& job, const Result<ExitStatus>& status) {
  if (!status) return tl::make_unexpected(status.error());
  if (!status->signaled && status->code == 0) return words(job.out);
  const auto verb = std::find_if(argv.begin(), argv.end(), [](const std::string& word) {
    return word == "--version" || word == "--init" || word == "--run" || word == "--cleanup";
  });
  return fail(std::make_error_code(std::errc::io_error),
              argv.front() + " " + (verb != argv.end() ? *verb : "") + ":",
              first_line(words(job.err)));
}

}  // namespace

std::string first_line(std::string_view text) {
  return std::string{text.substr(0, std::min(text.find('\n'), kMaxLine))};
}

Result<Process> Process::start(const Argv& argv, std::array<int, 3> stdio) {
  const std::vector<char*> list = c_list(argv);
  char* environment[] = {nullptr};
  // Above 2, so that none of the three overwrites another one.
  std::array<Fd, 3> above;
  for (std::size_t i = 0; i < stdio.size(); ++i) {
    above[i] = Fd{::fcntl(stdio[i], F_DUPFD_CLOEXEC, 3)};
    if (!above[i]) return fail(last_error(), "dup a descriptor");
  }
  posix_spawn_file_actions_t actions{};
  ::posix_spawn_file_actions_init(&actions);
  for (std::size_t i = 0; i < above.size(); ++i)
    ::posix_spawn_file_actions_adddup2(&actions, above[i].get(), static_cast<int>(i));
  pid_t pid = 0;
  const SpawnAttributes attributes;
  const int error =
      ::posix_spawnp(&pid, list[0], &actions, attributes.get(), list.data(), environment);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return fail({error, std::system_category()}, "start", argv.front());
  Fd pidfd{::pidfd_open(pid, 0)};
  if (!pidfd) {
    auto failed = fail(last_error(), "pidfd_open");
    end_without_pidfd(pid);
    return failed;
  }
  return Process{kernel::Child{std::move(pidfd)}};
}

void Process::stop() noexcept {
  if (poll_fd() >= 0) ::pidfd_send_signal(poll_fd(), SIGTERM, nullptr, 0);
}

Result<ExitStatus> Process::wait(Milliseconds patience) {
  pollfd watched{poll_fd(), POLLIN, 0};
  if (::poll(&watched, 1, static_cast<int>(patience.count())) == 1) return child_.wait();
  kernel::Child late = std::move(child_);  // Killed and reaped at the end of this function.
  return timed_out();
}

Process::~Process() {
  if (poll_fd() < 0) return;
  stop();
  static_cast<void>(wait(kStopPatience).has_value());
}

Task<Result<ExitStatus>> ended(asio::io_context& loop, Process& process, Milliseconds patience) {
  using namespace asio::experimental::awaitable_operators;  // NOLINT: the || below.
  const int copy = ::fcntl(process.poll_fd(), F_DUPFD_CLOEXEC, 0);
  if (copy < 0) co_return fail(last_error(), "dup a pidfd");
  Descriptor pidfd{loop.get_executor(), copy};
  for (const Milliseconds time : {patience, kStopPatience}) {
    Timer timer{loop.get_executor(), time};
    const auto first = co_await (pidfd.async_wait(Descriptor::wait_read, kAsResult) ||
                                 timer.async_wait(kAsResult));
    if (first.index() == 0) co_return process.wait(kStopPatience);
    process.stop();
  }
  co_return process.wait(Milliseconds{0});  // This kills it.
}

Result<std::string> invoke(const Argv& argv) {
  EVALX_TRY(Job job, start_job(argv));
  const Result<ExitStatus> status = job.process.wait(kJobPatience);
  return finish(argv, job, status);
}

Task<Result<std::string>> invoke(asio::io_context& loop, Argv argv) {
  EVALX_CO_TRY(Job job, start_job(argv));
  const Result<ExitStatus> status = co_await ended(loop, job.process, kJobPatience);
  co_return finish(argv, job, status);
}

}  // namespace evalx::sandbox::isolate
