// The contract, part one: what a program gets, and how its end is reported.

#include <unistd.h>

#include <array>
#include <thread>
#include <vector>

#include "sandbox/contract_test.hpp"

namespace evalx::sandbox {

TEST_P(SandboxContract, GivesInputTakesOutputAndReportsTheExitCode) {
  // It uses enough CPU time to be seen by an engine that counts in milliseconds.
  RunSpec spec =
      shell("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; cat; echo oops >&2; exit 7");
  spec.stdin_bytes = "hello\n";
  const Outcome outcome = run(std::move(spec));
  EXPECT_EQ(outcome.cause, Cause::Exited);
  EXPECT_EQ(outcome.exit_code, 7);
  EXPECT_EQ(outcome.out.head, "hello\n");
  EXPECT_EQ(outcome.err.head, "oops\n");
  EXPECT_GT(outcome.cpu_user + outcome.cpu_system, Microseconds{0});
  EXPECT_GT(outcome.wall, Microseconds{0});
  if (!cannot(Promise::ReportsTheMemoryLimit)) {
    EXPECT_GT(outcome.memory_peak, kibibytes(64));
  }
}

TEST_P(SandboxContract, PassesArgumentsAndEnvironmentAsTheyAre) {
  RunSpec spec;
  spec.argv = {"/bin/sh", "-c", "printf '%s|' \"$@\" \"$A\" \"$HOME\"", "sh", "", "a b", "$x"};
  spec.environment = {"A=b=c"};
  EXPECT_EQ(run(std::move(spec)).out.head, "|a b|$x|b=c|/tmp|");
}

TEST_P(SandboxContract, TakesALargeStdinWhole) {
  RunSpec spec;
  spec.argv = {"wc", "-c"};
  spec.stdin_bytes.assign(5'000'000, 'x');
  EXPECT_EQ(run(std::move(spec)).out.head, "5000000\n");
}

TEST_P(SandboxContract, LetsAProgramReopenItsOutputs) {
  RunSpec spec = shell("echo a > /dev/stdout; echo b > /dev/stderr; cat /dev/stdin");
  spec.stdin_bytes = "c";
  const Outcome outcome = run(std::move(spec));
  EXPECT_EQ(outcome.out.head, "a\nc");
  EXPECT_EQ(outcome.err.head, "b\n");
}

TEST_P(SandboxContract, KeepsTheHeadOfALongOutputAndCountsItWhole) {
  RunSpec spec;
  spec.argv = {"head", "-c", "300000", "/dev/zero"};
  spec.limits.output = Bytes{400'000};
  const Outcome outcome = run(std::move(spec));
  EXPECT_EQ(outcome.cause, Cause::Exited);
  EXPECT_EQ(outcome.out.head, std::string(300'000, '\0'));
  EXPECT_FALSE(outcome.out.truncated());
}

TEST_P(SandboxContract, ReportsASignalThatTheProgramSentItself) {
  for (const int signal : {9, 11, 15, 24, 31}) {
    const Outcome outcome = run(shell("kill -" + std::to_string(signal) + " $$"));
    EXPECT_EQ(outcome.cause, Cause::Signaled) << signal;
    EXPECT_EQ(outcome.signal, signal);
  }
}

TEST_P(SandboxContract, DoesNotReportExit137AsAKill) {
  const Outcome outcome = run(shell("exit 137"));
  EXPECT_EQ(outcome.cause, Cause::Exited);
  EXPECT_EQ(outcome.exit_code, 137);
}

TEST_P(SandboxContract, DoesNotReportExit127AsAMissingProgram) {
  const Outcome outcome = run(shell("echo 'execve(\"/bin/sh\"): No' >&2; exit 127"));
  EXPECT_EQ(outcome.cause, Cause::Exited);
  EXPECT_EQ(outcome.exit_code, 127);
}

TEST_P(SandboxContract, EndsWithTheProgramEvenIfChildrenStillRun) {
  const Outcome outcome = run(shell("setsid sleep 100 & exit 0"));
  EXPECT_EQ(outcome.cause, Cause::Exited);
  EXPECT_LT(outcome.wall, milliseconds{10'000});
}

TEST_P(SandboxContract, SurvivesAProgramThatKillsWhatItCan) {
  EXPECT_EQ(output_of("kill -9 -1; kill -9 1; kill -9 $PPID; echo alive"), "alive\n");
}

TEST_P(SandboxContract, StopsARunOnRequest) {
  const auto box = open();
  std::stop_source stop;
  RunSpec spec = shell("sleep 100");
  spec.stop = stop.get_token();
  std::jthread other{[&stop] { stop.request_stop(); }};
  EXPECT_EQ(run(*box, std::move(spec)).cause, Cause::Cancelled);
  EXPECT_EQ(run(*box, shell("echo alive")).out.head, "alive\n");
}

TEST_P(SandboxContract, StopsARunThatHasBegun) {
  const auto box = open();
  std::stop_source stop;
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const kernel::Fd read{ends[0]};
  kernel::Fd write{ends[1]};
  RunSpec spec = shell("echo begun; sleep 100");
  spec.stop = stop.get_token();
  spec.stdio = {write.get(), write.get(), write.get()};
  std::jthread other{[&stop, &read] {
    std::array<char, 8> text{};
    EXPECT_EQ(::read(read.get(), text.data(), text.size()), 6);
    stop.request_stop();
  }};
  const Outcome outcome = run(*box, std::move(spec));
  write = {};  // Ends the other thread in any case.
  EXPECT_EQ(outcome.cause, Cause::Cancelled);
  EXPECT_LT(outcome.wall, milliseconds{30'000});
}

TEST_P(SandboxContract, ReportsAProgramThatCannotBeStarted) {
  const auto box = open(box_with({{"data", "text"}}));
  for (const auto& [program, error] :
       {std::pair{"/box/none", std::errc::no_such_file_or_directory},
        std::pair{"no-such-tool", std::errc::no_such_file_or_directory},
        std::pair{"/box/data", std::errc::permission_denied}}) {
    RunSpec spec;
    spec.argv = {program};
    const Outcome outcome = run(*box, std::move(spec));
    EXPECT_EQ(outcome.cause, Cause::NotStarted) << program;
    EXPECT_EQ(outcome.start_error, error) << program;
  }
  EXPECT_EQ(run(*box, shell("echo alive")).out.head, "alive\n");
}

TEST_P(SandboxContract, KeepsConcurrentBoxesApart) {
  constexpr std::size_t kBoxes = 8;
  std::vector<std::unique_ptr<Box>> boxes;
  for (std::size_t i = 0; i < kBoxes; ++i) boxes.push_back(open());
  std::vector<std::string> seen(kBoxes);
  for (std::size_t i = 0; i < kBoxes; ++i) {
    const std::string name = "mine" + std::to_string(i);
    RunSpec spec = shell("for d in /box /tmp /dev/shm; do echo " + name + " > $d/" + name +
                         "; done; sleep 0.1; cat /box/mine*; ls /box /tmp /dev/shm | grep -c mine");
    asio::co_spawn(loop_, boxes[i]->run(std::move(spec)),
                   [&seen, i](const std::exception_ptr&, Result<Outcome> outcome) {
                     seen[i] = outcome ? outcome->out.head : outcome.error().what;
                   });
  }
  loop_.restart();
  loop_.run();
  for (std::size_t i = 0; i < kBoxes; ++i) EXPECT_EQ(seen[i], "mine" + std::to_string(i) + "\n3\n");
}

}  // namespace evalx::sandbox
