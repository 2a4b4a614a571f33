#include "language/probe.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {  // glibc 2.36 declares these without __BEGIN_DECLS.
#include <sys/pidfd.h>
}

#include <algorithm>
#include <array>
#include <csignal>
#include <memory>
#include <span>
#include <system_error>
#include <utility>

#include "base/default_path.hpp"
#include "kernel/fd.hpp"

namespace evalx::language {
namespace {

using kernel::Fd;
using Instant = std::chrono::steady_clock::time_point;

std::string text_of(int error) {
  return std::system_category().message(error);
}

/// A running command. The destructor kills it with its process group and reaps it.
class Probe {
 public:
  explicit Probe(ProbeResult& result) : result_(result) {}
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  ~Probe() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  void start(const std::vector<std::string>& argv) {
    std::array<int, 2> pipe{-1, -1};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return give_up("pipe: " + text_of(errno));
    output_ = Fd(pipe[0]);
    const Fd write_end(pipe[1]);
    ::fcntl(pipe[0], F_SETFL, O_NONBLOCK);
    const int error = spawn(argv, write_end.get());
    if (error != 0) return give_up(text_of(error));
    pidfd_ = Fd(::pidfd_open(pid_, 0));
    if (!pidfd_) give_up("pidfd_open: " + text_of(errno));
  }

  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] int output() const { return output_.get(); }
  [[nodiscard]] int pidfd() const { return pidfd_.get(); }

  /// Reads the available output. At its end closes the pipe, so that it is no longer polled.
  void read() {
    std::array<char, 4096> buffer;
    ssize_t count = 0;
    while ((count = ::read(output_.get(), buffer.data(), buffer.size())) > 0) {
      const std::size_t room = kMaxProbeOutput - result_.output.size();
      result_.output.append(buffer.data(), std::min(room, static_cast<std::size_t>(count)));
      // The rest is not needed. Closing the pipe also ends a command that writes forever.
      if (result_.output.size() == kMaxProbeOutput) break;
    }
    if (count >= 0 || errno != EAGAIN) output_ = Fd();
  }

  /// Call it after the process has ended: reads the rest of its output, and its status.
  void reap() {
    if (output_) read();
    int status = 0;
    const pid_t reaped = ::waitpid(pid_, &status, 0);
    pid_ = 0;
    done_ = true;
    if (reaped < 0) return give_up("waitpid: " + text_of(errno));
    if (WIFSIGNALED(status)) return give_up("killed by signal " + std::to_string(WTERMSIG(status)));
    if (WEXITSTATUS(status) != 0) give_up("exit code " + std::to_string(WEXITSTATUS(status)));
  }

  void give_up(std::string problem) {
    result_.problem = std::move(problem);
    done_ = true;
  }

 private:
  int spawn(const std::vector<std::string>& argv, int output) {
    std::vector<char*> arguments;
    for (const std::string& argument : argv)
      arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    static constexpr std::array kEnvironment{kPathVariable.data(), "HOME=/nonexistent",
                                             "LANG=C.UTF-8", static_cast<const char*>(nullptr)};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    posix_spawn_file_actions_addchdir_np(&actions, "/");
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    const int error = ::posix_spawn(&pid_, arguments[0], &actions, &attributes, arguments.data(),
                                    const_cast<char**>(kEnvironment.data()));
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) pid_ = 0;
    return error;
  }

  ProbeResult& result_;
  pid_t pid_ = 0;
  Fd output_;
  Fd pidfd_;
  bool done_ = false;
};

/// Waits until at least one command has output or has ended. Returns false after `end`.
bool wait_for_some(std::vector<std::unique_ptr<Probe>>& probes, Instant end) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
  if (left.count() <= 0) return false;
  std::vector<pollfd> polled;
  std::vector<Probe*> owners;
  for (const auto& one : probes) {
    if (one->done()) continue;
    polled.push_back({one->pidfd(), POLLIN, 0});
    owners.push_back(one.get());
    polled.push_back({one->output(), POLLIN, 0});  // poll(2) ignores a negative fd.
    owners.push_back(one.get());
  }
  if (::poll(polled.data(), polled.size(), static_cast<int>(left.count())) < 0)
    return errno == EINTR;
  for (std::size_t i = 0; i < polled.size(); i += 2) {
    if (polled[i + 1].revents != 0) owners[i]->read();
    if (polled[i].revents != 0) owners[i]->reap();
  }
  return true;
}

void probe_some(std::span<const std::vector<std::string>> commands, std::span<ProbeResult> results,
                Instant end, const std::string& late) {
  std::vector<std::unique_ptr<Probe>> probes;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    probes.push_back(std::make_unique<Probe>(results[i]));
    probes.back()->start(commands[i]);
  }
  const auto under_way = [&] {
    return std::any_of(probes.begin(), probes.end(), [](const auto& one) { return !one->done(); });
  };
  while (under_way()) {
    if (wait_for_some(probes, end)) continue;
    for (const auto& one : probes) {
      if (!one->done()) one->give_up(late);
    }
  }
}

}  // namespace

std::vector<ProbeResult> probe(const std::vector<std::vector<std::string>>& commands,
                               std::chrono::milliseconds deadline) {
  std::vector<ProbeResult> results(commands.size());
  const Instant end = std::chrono::steady_clock::now() + deadline;
  const std::string late = "no answer within " + std::to_string(deadline.count()) + " ms";
  for (std::size_t first = 0; first < commands.size(); first += kMaxProbesAtOnce) {
    const std::size_t count = std::min(kMaxProbesAtOnce, commands.size() - first);
    probe_some(std::span(commands).subspan(first, count), std::span(results).subspan(first, count),
               end, late);
  }
  return results;
}

}  // namespace evalx::language
