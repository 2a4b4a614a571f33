// Slots that misbehave: processes that do not die, supervisors that hang or send nonsense, runs
// that are killed before their exec.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <csignal>
#include <fstream>
#include <future>
#include <iterator>
#include <set>
#include <thread>

#include "kernel/file.hpp"
#include "kernel/seqpacket.hpp"
#include "sandbox/native/launcher.hpp"
#include "sandbox/native/native_sandbox.hpp"
#include "sandbox/native/protocol.hpp"
#include "sandbox/test_await.hpp"

namespace evalx::sandbox::native {
namespace {

using namespace std::chrono_literals;

std::vector<pid_t> children_of(pid_t process) {
  const std::string id = std::to_string(process);
  std::ifstream file("/proc/" + id + "/task/" + id + "/children");
  return {std::istream_iterator<pid_t>{file}, {}};
}

class HostileSlots : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, to trace and to stop supervisors";
  }

  void start(NativeOptions options = {}) {
    const std::vector<pid_t> before = children_of(::getpid());
    auto started = NativeSandbox::start(loop_, std::move(options));
    ASSERT_TRUE(started) << started.error().what << ": " << started.error().code.message();
    sandbox_ = *std::move(started);
    for (const pid_t child : children_of(::getpid())) {
      if (std::find(before.begin(), before.end(), child) == before.end()) launcher_ = child;
    }
  }
  std::unique_ptr<Box> open(BoxSpec spec = {}) {
    auto box = await(loop_, sandbox_->open(std::move(spec)));
    EXPECT_TRUE(box) << box.error().what;
    return box ? *std::move(box) : nullptr;
  }
  /// The supervisor of the only slot. The keeper is the launcher's other child.
  [[nodiscard]] pid_t supervisor() const {
    for (const pid_t child : children_of(launcher_)) {
      std::ifstream name("/proc/" + std::to_string(child) + "/comm");
      std::string word;
      if (name >> word && word == "evalx-slot") return child;
    }
    return -1;
  }
  static RunSpec shell(std::string script) {
    RunSpec spec;
    spec.argv = {"sh", "-c", std::move(script)};
    return spec;
  }
  /// Like await(), but returns as soon as the run is answered.
  Result<Outcome> answer_of(Box& box, RunSpec spec) {
    std::optional<Result<Outcome>> outcome;
    asio::co_spawn(loop_, box.run(std::move(spec)),
                   [&](const std::exception_ptr&, Result<Outcome> result) {
                     outcome.emplace(std::move(result));
                   });
    loop_.restart();
    while (!outcome) loop_.run_one();
    return *std::move(outcome);
  }
  void settle() {
    loop_.restart();
    loop_.run();
  }
  [[nodiscard]] std::uint64_t replaced(Replaced reason) const {
    return sandbox_->counters().replaced[static_cast<std::size_t>(reason)];
  }

  asio::io_context loop_{1};
  std::unique_ptr<NativeSandbox> sandbox_;
  pid_t launcher_ = 0;
};

/// Traces the init of a run: while a traced process is not waited for, it cannot be reaped, and so
/// its pid namespace cannot end.
class UnreapedProgram {
 public:
  /// `started`: readable when the program runs.
  UnreapedProgram(pid_t supervisor, int started)
      : thread_([=, this] {
          char byte = 0;
          if (::read(started, &byte, 1) != 1) return;
          const std::vector<pid_t> inits = children_of(supervisor);
          const std::vector<pid_t> programs = inits.empty() ? inits : children_of(inits.front());
          if (!programs.empty() && ::ptrace(PTRACE_SEIZE, programs.front(), 0, 0) == 0) {
            seized_.set_value(true);
            let_go_.get_future().wait();
            ::waitpid(programs.front(), nullptr, __WALL);
          } else {
            seized_.set_value(false);
          }
        }) {}
  ~UnreapedProgram() { thread_.join(); }
  bool seized() { return seized_.get_future().get(); }
  void let_go() { let_go_.set_value(); }

 private:
  std::promise<bool> seized_;
  std::promise<void> let_go_;
  std::thread thread_;
};

TEST_F(HostileSlots, AnswerSoonAfterALimitAndCountUntilTheLastProcessIsDead) {
  ASSERT_NO_FATAL_FAILURE(start());
  BoxSpec place;
  const auto permit = std::make_shared<int>();
  place.held = permit;
  auto box = open(place);
  place.held.reset();
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const kernel::Fd read{ends[0]}, write{ends[1]}, null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  RunSpec spec = shell("echo; exec sleep 100");
  spec.limits.wall_time = 1s;
  spec.stdio = {null.get(), write.get(), null.get()};

  UnreapedProgram program{supervisor(), read.get()};
  const auto outcome = answer_of(*box, std::move(spec));
  ASSERT_TRUE(program.seized());
  ASSERT_TRUE(outcome) << outcome.error().what;
  EXPECT_EQ(outcome->cause, Cause::WallTime);
  EXPECT_LT(outcome->wall, 6s);
  EXPECT_EQ(replaced(Replaced::Limit), 1U);
  EXPECT_EQ(replaced(Replaced::Fault), 0U);
  box.reset();
  EXPECT_EQ(sandbox_->counters().slots, 1U);
  EXPECT_GT(permit.use_count(), 1);
  program.let_go();
  settle();
  EXPECT_EQ(sandbox_->counters().slots, 0U);
  EXPECT_EQ(permit.use_count(), 1);
}

TEST_F(HostileSlots, AreKilledWhenTheyDoNotAnswer) {
  NativeOptions options;
  options.run_slack = 200ms;
  ASSERT_NO_FATAL_FAILURE(start(std::move(options)));
  const auto box = open();
  ASSERT_EQ(::kill(supervisor(), SIGSTOP), 0);
  RunSpec spec = shell("true");
  spec.limits.wall_time = 100ms;
  const auto outcome = answer_of(*box, std::move(spec));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, std::errc::timed_out);
  EXPECT_EQ(replaced(Replaced::Fault), 1U);
  settle();  // Returns only because the stopped supervisor was killed.
  EXPECT_EQ(sandbox_->counters().slots, 0U);
  const auto next = answer_of(*box, shell("echo next"));
  ASSERT_TRUE(next) << next.error().what;
  EXPECT_EQ(next->out.head, "next\n");
}

/// Stops each process at its fork, and kills the init of the next run before it starts the program.
void kill_next_init(pid_t supervisor, std::promise<bool> ready) {
  ready.set_value(::ptrace(PTRACE_SEIZE, supervisor, 0, PTRACE_O_TRACEFORK) == 0);
  int status = 0;
  if (::waitpid(supervisor, &status, __WALL) != supervisor) return;
  unsigned long init = 0;
  ::ptrace(PTRACE_GETEVENTMSG, supervisor, 0, &init);
  ::kill(static_cast<pid_t>(init), SIGKILL);
  ::waitpid(static_cast<pid_t>(init), &status, __WALL);
  ::ptrace(PTRACE_DETACH, supervisor, 0, 0);
}

TEST_F(HostileSlots, DoNotTakeAKillBeforeTheExecForTheWallLimit) {
  ASSERT_NO_FATAL_FAILURE(start());
  const auto box = open();
  std::promise<bool> ready;
  auto is_ready = ready.get_future();
  std::thread tracer{kill_next_init, supervisor(), std::move(ready)};
  EXPECT_TRUE(is_ready.get());
  const auto outcome = answer_of(*box, shell("true"));
  tracer.join();
  ASSERT_FALSE(outcome) << static_cast<int>(outcome->cause);
  EXPECT_EQ(outcome.error().what, "start the program");
  EXPECT_EQ(outcome.error().code, std::errc::owner_dead);
}

/// 0 if the launcher is ended when this process gets no pidfd for it; otherwise the step that
/// failed.
int ends_a_launcher_without_pidfd() {
  sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EMFILE),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{std::size(steps), steps};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
    return 1;
  asio::io_context loop;
  const auto started = NativeSandbox::start(loop, {});
  if (started || started.error().what != "pidfd_open") return 2;
  return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD ? 0 : 3;
}

TEST_F(HostileSlots, AreNotLeftByALauncherWithoutAPidfd) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(ends_a_launcher_without_pidfd());
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

/// A launcher whose only slots answer every run with a cause that does not exist.
[[noreturn]] void launch_liars() {
  const int control = kLauncherSocket;
  MessageBuffer buffer;
  bool going = receive(control, buffer).has_value() && send(control, Ready{}).has_value();
  while (going && receive(control, buffer)) {
    auto sockets = kernel::seqpacket_pair();
    const std::array fds{sockets->first.get()};
    going = send(control, SlotMade{1}, fds).has_value();
    sockets->first = {};
    const int slot = sockets->second.get();
    going = going && send(slot, Ready{}).has_value();
    while (const auto request = receive(slot, buffer)) {
      Ran lie;
      lie.cause = 999;
      if (std::holds_alternative<Run>(request->message))
        static_cast<void>(send(slot, lie).has_value());
    }
  }
  ::_exit(0);
}

/// Runs before main(), like tests/support/own_launcher.hpp.
const bool kIsNoLiar = [] {
  std::ifstream file("/proc/self/cmdline");
  const std::string words{std::istreambuf_iterator<char>{file}, {}};
  if (words.ends_with(std::string("\0liars\0", 7))) launch_liars();
  return true;
}();

TEST_F(HostileSlots, AreDiscardedAfterAMalformedAnswer) {
  ASSERT_TRUE(kIsNoLiar);
  NativeOptions options;
  options.launcher_argv = {"evalx", "liars"};
  ASSERT_NO_FATAL_FAILURE(start(std::move(options)));
  const auto box = open();
  for (std::uint64_t i = 1; i <= 2; ++i) {
    const auto outcome = answer_of(*box, shell("true"));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, std::errc::bad_message);
    EXPECT_EQ(replaced(Replaced::Fault), i);
    EXPECT_EQ(sandbox_->counters().slots, 0U);
  }
}

}  // namespace
}  // namespace evalx::sandbox::native
