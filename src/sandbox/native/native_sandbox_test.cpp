#include "sandbox/native/native_sandbox.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <thread>

#include "../../../tests/support/own_launcher.hpp"
#include "sandbox/pack.hpp"

namespace evalx::sandbox::native {
namespace {

using std::chrono::milliseconds;

/// What a kill may come late: the promise, or what an emulated machine (tests/vm) manages.
milliseconds lateness() {
  return std::getenv("EVALX_EMULATED") ? milliseconds{200} : milliseconds{10};
}

/// The contract of sandbox.hpp, over /bin/sh and its like: nothing is compiled here.
class NativeSandboxTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    auto started = NativeSandbox::start(loop_, {});
    ASSERT_TRUE(started) << started.error().what << ": " << started.error().code.message();
    sandbox_ = *std::move(started);
  }

  template <class T>
  T await(Task<T> task) {
    std::optional<T> value;
    asio::co_spawn(loop_, std::move(task),
                   [&](std::exception_ptr, T result) { value = std::move(result); });
    loop_.restart();
    loop_.run();
    return *std::move(value);
  }

  std::unique_ptr<Box> open(BoxSpec spec = {}) {
    auto box = await(sandbox_->open(std::move(spec)));
    if (!box) throw std::runtime_error(box.error().what + ": " + box.error().code.message());
    return *std::move(box);
  }

  static RunSpec shell(std::string script) {
    RunSpec spec;
    spec.argv = {"sh", "-c", std::move(script)};
    // Far away: an emulated machine takes a hundred times as long.
    spec.limits.cpu_time = milliseconds{30'000};
    spec.limits.wall_time = milliseconds{60'000};
    return spec;
  }

  Outcome run(Box& box, RunSpec spec) {
    auto outcome = await(box.run(std::move(spec)));
    EXPECT_TRUE(outcome) << outcome.error().what << ": " << outcome.error().code.message();
    return outcome ? *std::move(outcome) : Outcome{};
  }
  Outcome run(RunSpec spec) {
    const auto box = open();
    return run(*box, std::move(spec));
  }
  std::string output_of(std::string script) { return run(shell(std::move(script))).out.head; }

  asio::io_context loop_{1};
  std::unique_ptr<NativeSandbox> sandbox_;
};

TEST_F(NativeSandboxTest, GivesInputTakesOutputAndReportsTheExitCode) {
  RunSpec spec = shell("cat; echo oops >&2; exit 7");
  spec.stdin_bytes = "hello\n";
  const Outcome outcome = run(std::move(spec));
  EXPECT_EQ(outcome.cause, Cause::Exited);
  EXPECT_EQ(outcome.exit_code, 7);
  EXPECT_EQ(outcome.out.head, "hello\n");
  EXPECT_EQ(outcome.err.head, "oops\n");
  EXPECT_GT(outcome.cpu_user + outcome.cpu_system, Microseconds{0});
  EXPECT_GT(outcome.wall, Microseconds{0});
  EXPECT_GT(outcome.memory_peak, kibibytes(64));
}

TEST_F(NativeSandboxTest, PassesArgumentsAndEnvironmentAsTheyAre) {
  RunSpec spec;
  spec.argv = {"/bin/sh", "-c", "printf '%s|' \"$@\" \"$A\" \"$HOME\"", "sh", "", "a b", "$x"};
  spec.environment = {"A=b=c"};
  EXPECT_EQ(run(std::move(spec)).out.head, "|a b|$x|b=c|/tmp|");
}

TEST_F(NativeSandboxTest, TakesALargeStdinWhole) {
  RunSpec spec;
  spec.argv = {"wc", "-c"};
  spec.stdin_bytes.assign(5'000'000, 'x');
  EXPECT_EQ(run(std::move(spec)).out.head, "5000000\n");
}

TEST_F(NativeSandboxTest, KeepsTheHeadOfALongOutputAndCountsItWhole) {
  RunSpec spec;
  spec.argv = {"head", "-c", "300000", "/dev/zero"};
  spec.limits.output = Bytes{400'000};
  const Outcome outcome = run(std::move(spec));
  EXPECT_EQ(outcome.cause, Cause::Exited);
  EXPECT_EQ(outcome.out.head, std::string(300'000, '\0'));
  EXPECT_FALSE(outcome.out.truncated());
}

TEST_F(NativeSandboxTest, EndsAFloodAtTheOutputLimit) {
  for (const char* script : {"yes", "yes >&2"}) {
    RunSpec spec = shell(script);
    spec.limits.output = kibibytes(100);
    const Outcome outcome = run(std::move(spec));
    EXPECT_EQ(outcome.cause, Cause::Output);
    const auto& side = outcome.out.total_bytes > 0 ? outcome.out : outcome.err;
    EXPECT_EQ(side.head.size(), 102'400U);
    EXPECT_TRUE(side.truncated());
    EXPECT_LT(outcome.wall, milliseconds{2000});
  }
}

TEST_F(NativeSandboxTest, KillsWithinTenMillisecondsOfTheCpuLimit) {
  RunSpec spec = shell("while :; do :; done");
  spec.limits.cpu_time = milliseconds{200};
  const Outcome outcome = run(std::move(spec));
  EXPECT_EQ(outcome.cause, Cause::CpuTime);
  const auto used = outcome.cpu_user + outcome.cpu_system;
  EXPECT_GE(used, milliseconds{200});
  EXPECT_LE(used, milliseconds{200} + lateness());
}

TEST_F(NativeSandboxTest, CountsTheTimeOfChildrenThatNobodyWaitedFor) {
  RunSpec spec = shell("(while :; do :; done) & (while :; do :; done) & sleep 10");
  spec.limits.cpu_time = milliseconds{200};
  const Outcome outcome = run(std::move(spec));
  EXPECT_EQ(outcome.cause, Cause::CpuTime);
  // Two of them burn at once.
  EXPECT_LE(outcome.cpu_user + outcome.cpu_system, milliseconds{200} + 2 * lateness());
}

TEST_F(NativeSandboxTest, EndsASleeperAtTheWallLimit) {
  RunSpec spec = shell("sleep 100");
  spec.limits.wall_time = milliseconds{150};
  const Outcome outcome = run(std::move(spec));
  EXPECT_EQ(outcome.cause, Cause::WallTime);
  EXPECT_GE(outcome.wall, milliseconds{150});
  EXPECT_LT(outcome.wall, milliseconds{250} + lateness());
}

TEST_F(NativeSandboxTest, RecordsTheOomKillerAndReplacesTheSlot) {
  const auto box = open();
  RunSpec spec = shell("x=$(head -c 200000000 /dev/zero | tr '\\0' x); echo survived");
  spec.limits.memory = mebibytes(32);
  const Outcome outcome = run(*box, std::move(spec));
  EXPECT_EQ(outcome.cause, Cause::Memory);
  EXPECT_LE(outcome.memory_peak, mebibytes(32));
  EXPECT_EQ(sandbox_->counters().replaced, 1U);
  EXPECT_EQ(run(*box, shell("echo again")).out.head, "again\n");
}

TEST_F(NativeSandboxTest, EndsAForkBombWithItsChildren) {
  RunSpec spec = shell("f() { f | f & }; f; sleep 100");
  spec.limits.processes = 20;
  spec.limits.wall_time = 50 * lateness();
  spec.limits.cpu_time = 40 * lateness();
  const Outcome outcome = run(std::move(spec));
  EXPECT_TRUE(outcome.process_limit_hit);
}

TEST_F(NativeSandboxTest, CallsASignalOfTheProgramsOwnASignal) {
  for (const int signal : {9, 11, 24, 31}) {
    const Outcome outcome = run(shell("kill -" + std::to_string(signal) + " $$"));
    EXPECT_EQ(outcome.cause, Cause::Signaled) << signal;
    EXPECT_EQ(outcome.signal, signal);
  }
}

TEST_F(NativeSandboxTest, DoesNotTakeExit137ForAKill) {
  const Outcome outcome = run(shell("exit 137"));
  EXPECT_EQ(outcome.cause, Cause::Exited);
  EXPECT_EQ(outcome.exit_code, 137);
}

TEST_F(NativeSandboxTest, EndsWithTheProgramWhateverItLeftRunning) {
  const Outcome outcome = run(shell("setsid sleep 100 & exit 0"));
  EXPECT_EQ(outcome.cause, Cause::Exited);
  EXPECT_LT(outcome.wall, milliseconds{1000});
}

TEST_F(NativeSandboxTest, StopsARunWhenAsked) {
  const auto box = open();
  std::stop_source stop;
  RunSpec spec = shell("sleep 100");
  spec.stop = stop.get_token();
  std::jthread other{[&stop] { stop.request_stop(); }};
  EXPECT_EQ(run(*box, std::move(spec)).cause, Cause::Cancelled);
  EXPECT_EQ(run(*box, shell("echo alive")).out.head, "alive\n");
}

TEST_F(NativeSandboxTest, SaysWhatCouldNotBeStarted) {
  const auto box = open();
  RunSpec spec;
  spec.argv = {"/box/none"};
  const auto outcome = await(box->run(spec));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().what, "execve /box/none");
  EXPECT_EQ(outcome.error().code, std::errc::no_such_file_or_directory);
  spec.argv = {"no-such-tool"};
  EXPECT_EQ(await(box->run(spec)).error().what, "execve no-such-tool");
  spec.argv = {"/etc/passwd"};
  EXPECT_EQ(await(box->run(spec)).error().code, std::errc::permission_denied);
  EXPECT_EQ(run(*box, shell("echo alive")).out.head, "alive\n");
}

TEST_F(NativeSandboxTest, PlacesFilesThatTheProgramCannotChange) {
  auto packed = pack({{"tool", true, "#!/bin/sh\necho tool\n"}, {"data/a.txt", false, "text"}});
  ASSERT_TRUE(packed);
  BoxSpec box_spec;
  box_spec.files = std::make_shared<const kernel::Fd>(*std::move(packed));
  const auto box = open(box_spec);
  const Outcome outcome = run(*box, shell("./tool; cat data/a.txt; pwd; echo x > tool; rm -f tool; "
                                          "mv tool t; chmod 777 tool; echo x > data/b; ls"));
  EXPECT_EQ(outcome.out.head, "tool\ntext/box\ndata\ntool\n");
}

TEST_F(NativeSandboxTest, LeavesNothingForTheNextRunOfTheSameBox) {
  const auto box = open();
  run(*box, shell("echo a > /box/f; echo b > /tmp/f; echo c > /dev/shm/f; mkdir -p /tmp/d/e"));
  EXPECT_EQ(run(*box, shell("find /box /tmp /dev/shm -mindepth 1")).out.head, "");
}

TEST_F(NativeSandboxTest, BoundsTheBoxInBytesAndFiles) {
  BoxSpec spec;
  spec.size = mebibytes(1);
  spec.inodes = 64;
  const auto box = open(spec);
  EXPECT_NE(run(*box, shell("head -c 3000000 /dev/zero > big; wc -c < big")).out.head, "3000000\n");
  EXPECT_LT(std::atoi(run(*box, shell("for i in $(seq 100); do : > f$i || break; done; ls | wc -l"))
                          .out.head.c_str()),
            64);
}

TEST_F(NativeSandboxTest, BringsBackWhatAProgramMade) {
  const auto box = open();
  RunSpec spec = shell(
      "mkdir out/d; echo x > out/d/f; echo '#!/bin/sh' > out/t; chmod +x out/t; "
      "ln -s /etc/passwd out/link; mkfifo out/pipe");
  spec.take = "out";
  const Outcome outcome = run(*box, std::move(spec));
  ASSERT_TRUE(outcome.taken) << outcome.take_problem;
  const auto files = unpack(outcome.taken->get(), mebibytes(1));
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 2U);
  EXPECT_EQ((*files)[0].path, "d/f");
  EXPECT_EQ((*files)[0].content, "x\n");
  EXPECT_EQ((*files)[1].path, "t");
  EXPECT_TRUE((*files)[1].executable);
}

TEST_F(NativeSandboxTest, TakesNothingFromBehindALink) {
  const auto box = open();
  RunSpec spec =
      shell("ln -s /etc out/etc; rmdir out; mv out o; ln -s /etc out; ln /etc/passwd out/p; true");
  spec.take = "out";
  const Outcome outcome = run(*box, std::move(spec));
  ASSERT_TRUE(outcome.taken) << outcome.take_problem;
  EXPECT_EQ(unpack(outcome.taken->get(), mebibytes(1)).value().size(), 0U);
}

TEST_F(NativeSandboxTest, RefusesToTakeMoreThanTheBound) {
  const auto box = open();
  RunSpec spec = shell("head -c 100000 /dev/zero > out/f");
  spec.take = "out";
  spec.take_max = Bytes{99'999};
  const Outcome outcome = run(*box, std::move(spec));
  EXPECT_FALSE(outcome.taken);
  EXPECT_NE(outcome.take_problem.find("too much"), std::string::npos) << outcome.take_problem;
}

TEST_F(NativeSandboxTest, ShowsAReadOnlyRootWithNothingOfTheHost) {
  EXPECT_EQ(output_of("ls -A /"),
            output_of("echo bin; echo box; echo dev; echo etc; for d in lib lib32 lib64 libx32 mnt "
                      "proc sbin tmp usr; do test -e /$d -o -L /$d && echo $d; done"));
  EXPECT_EQ(
      output_of(
          "touch /x /usr/x /etc/x /dev/x 2>/dev/null; ls /x /usr/x /etc/x /dev/x 2>/dev/null"),
      "");
  EXPECT_EQ(output_of("cat /etc/hostname; hostname; id -u; id -g; id -G"),
            "evalx\nevalx\n1000\n1000\n1000\n");
  EXPECT_EQ(output_of("cd /dev; echo *"),
            "fd full null random shm stderr stdin stdout urandom zero\n");
}

TEST_F(NativeSandboxTest, GivesNoCapabilitiesAndTheFilter) {
  EXPECT_EQ(
      output_of("grep -E '^(Cap|NoNewPrivs|Seccomp:|Groups)' /proc/self/status | tr -d ' \\t'"),
      "Groups:\nCapInh:0000000000000000\nCapPrm:0000000000000000\nCapEff:0000000000000000\n"
      "CapBnd:0000000000000000\nCapAmb:0000000000000000\nNoNewPrivs:1\nSeccomp:2\n");
  EXPECT_EQ(output_of("cat /proc/sys/user/max_user_namespaces"), "0\n");
}

TEST_F(NativeSandboxTest, ShowsOnlyItsOwnProcessesAndDescriptors) {
  for (const Proc proc : {Proc::Own, Proc::Shared}) {
    RunSpec spec = shell(
        "cd /proc; for p in [0-9]*; do tr '\\0' ' ' < $p/cmdline; done; echo; "
        "ls /proc/self/fd | tr '\\n' ' '");
    spec.proc = proc;
    const std::string seen = run(std::move(spec)).out.head;
    EXPECT_EQ(seen.find("launch"), std::string::npos) << seen;
    EXPECT_NE(seen.find("0 1 2 3 "), std::string::npos) << seen;  // 3 is ls's own.
  }
  EXPECT_EQ(output_of("ls -d /proc/$$ && cat /proc/self/cgroup | grep -c -v ':/$'"),
            "/proc/2\n" + output_of("grep -c -v ':/$' /proc/self/cgroup"));
}

TEST_F(NativeSandboxTest, KeepsConcurrentBoxesApart) {
  constexpr std::size_t kBoxes = 8;
  std::vector<std::unique_ptr<Box>> boxes;
  for (std::size_t i = 0; i < kBoxes; ++i) boxes.push_back(open());
  std::vector<std::string> seen(kBoxes);
  for (std::size_t i = 0; i < kBoxes; ++i) {
    RunSpec spec =
        shell("echo " + std::to_string(i) + " > mine; sleep 0.1; cat mine; ls /box | wc -l");
    asio::co_spawn(loop_, boxes[i]->run(std::move(spec)),
                   [&seen, i](std::exception_ptr, Result<Outcome> outcome) {
                     seen[i] = outcome ? outcome->out.head : outcome.error().what;
                   });
  }
  loop_.restart();
  loop_.run();
  for (std::size_t i = 0; i < kBoxes; ++i) EXPECT_EQ(seen[i], std::to_string(i) + "\n1\n");
}

TEST_F(NativeSandboxTest, GivesIdleSlotsBack) {
  { const auto first = open(), second = open(); }
  EXPECT_EQ(sandbox_->counters().slots, 2U);
  sandbox_->trim();  // They were in use since the last time.
  sandbox_->trim();
  EXPECT_EQ(sandbox_->counters().slots, 0U);
  EXPECT_EQ(output_of("echo again"), "again\n");
}

TEST_F(NativeSandboxTest, TellsWhenASlotDiesInTheMiddleOfARun) {
  const auto box = open();
  RunSpec spec = shell("kill -9 -1; kill -9 1; kill -9 $PPID; echo alive");
  EXPECT_EQ(run(*box, std::move(spec)).out.head, "alive\n");
}

}  // namespace
}  // namespace evalx::sandbox::native
